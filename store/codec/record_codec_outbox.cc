#include "store/codec/record_codec_buffer.h"

namespace spantoll::store {

std::string_view RecordEncoder::decision(const StoredDecision& decision) {
    buffer_->builder.Clear();
    const auto id = buffer_->text(decision.id);
    const auto account = buffer_->text(decision.account);
    const auto json = buffer_->text(decision.json);
    return buffer_->finish(
        record::CreateDecision(buffer_->builder, decision.effective_ms, id, account, json),
        kDecisionIdentifier);
}

std::optional<StoredDecision> decode_decision(std::string_view bytes) {
    const AlignedBytes aligned(bytes);
    const auto* table = aligned.root<record::Decision>(kDecisionIdentifier);
    if (table == nullptr) {
        return std::nullopt;
    }
    StoredDecision decision;
    decision.effective_ms = table->effective_ms();
    decision.id = text_of(table->id());
    decision.account = text_of(table->account());
    decision.json = text_of(table->json());
    return decision;
}

std::string_view RecordEncoder::dead_letter(const DeadLetter& letter) {
    flatbuffers::FlatBufferBuilder& builder = buffer_->builder;
    builder.Clear();
    std::vector<record::RefusedSpan> refused_spans;
    refused_spans.reserve(letter.refused.size());
    for (const auto& [index, reason] : letter.refused) {
        refused_spans.emplace_back(index, static_cast<uint8_t>(reason));
    }
    const auto refused = builder.CreateVectorOfStructs(refused_spans);
    const auto bytes = builder.CreateVector(reinterpret_cast<const uint8_t*>(letter.bytes.data()),
                                            letter.bytes.size());
    const auto content_type = buffer_->text(letter.content_type);
    const auto detail = buffer_->text(letter.detail);
    return buffer_->finish(
        record::CreateDeadLetter(
            builder, letter.sequence, refused, letter.size, bytes, content_type, detail),
        kDeadLetterIdentifier);
}

std::optional<DeadLetter> decode_dead_letter(std::string_view bytes) {
    const AlignedBytes aligned(bytes);
    const auto* table = aligned.root<record::DeadLetter>(kDeadLetterIdentifier);
    if (table == nullptr || table->refused() == nullptr || table->bytes() == nullptr) {
        return std::nullopt;
    }
    DeadLetter letter;
    letter.sequence = table->sequence();
    for (const record::RefusedSpan* refused : *table->refused()) {
        if (refused->reason() >= kRefusalCount) {
            return std::nullopt;
        }
        letter.refused.emplace_back(refused->index(), static_cast<Refusal>(refused->reason()));
    }
    letter.size = table->size();
    letter.bytes.assign(reinterpret_cast<const char*>(table->bytes()->data()),
                        table->bytes()->size());
    letter.content_type = text_of(table->content_type());
    letter.detail = text_of(table->detail());
    return letter;
}

std::string_view RecordEncoder::dead_letter_pointer(std::string_view dead_key) {
    buffer_->builder.Clear();
    const auto key = buffer_->text(dead_key);
    return buffer_->finish(record::CreateDeadLetterPointer(buffer_->builder, key),
                           kDeadLetterPointerIdentifier);
}

std::optional<std::string> decode_dead_letter_pointer(std::string_view bytes) {
    const AlignedBytes aligned(bytes);
    const auto* table = aligned.root<record::DeadLetterPointer>(kDeadLetterPointerIdentifier);
    return table == nullptr ? std::nullopt : std::optional(text_of(table->key()));
}

}  // namespace spantoll::store
