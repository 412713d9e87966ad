#include "store/codec/decision_text.h"
#include "store/codec/record_codec_buffer.h"

namespace spantoll::store {

namespace {

// Numbers of enumerators are part of the format: schemas/decision.h must not renumber them.
static_assert(static_cast<int>(Reason::kTotalReached) == 0 &&
              static_cast<int>(Reason::kPeriodEnded) == 3 &&
              static_cast<int>(Reason::kTtlExpired) == 7 &&
              static_cast<int>(Reason::kLimitChanged) == 8);

template <typename Table>
void decode_optional(const Table& table, Decision& decision) {
    if (const auto start_ms = table.window_start_ms()) {
        decision.window_start_ms = *start_ms;
    }
    if (const auto until_ms = table.valid_until_ms()) {
        decision.valid_until_ms = *until_ms;
    }
    if (const record::Cause* cause = table.cause()) {
        decision.cause = Cause{text_of(cause->topic()),
                               cause->partition(),
                               cause->offset(),
                               cause->index(),
                               {cause->trace_high(), cause->trace_low()}};
    }
}

std::optional<Decision> decode_structured(const record::Decision& table) {
    const std::optional<WindowSpec> window =
        table.window() == nullptr ? std::nullopt : parse_window(table.window()->string_view());
    if (!window || table.meter() == nullptr || table.action() >= kActionNames.size() ||
        table.previous() >= kActionNames.size() || table.reason() >= kReasonNames.size()) {
        return std::nullopt;
    }
    Decision decision;
    decision.number = table.number();
    decision.effective_ms = table.effective_ms();
    decision.account = text_of(table.account());
    decision.limit = text_of(table.limit());
    decision.action = static_cast<Action>(table.action());
    decision.previous = static_cast<Action>(table.previous());
    decision.reason = static_cast<Reason>(table.reason());
    decision.meter = meter_named(table.meter()->string_view());
    decision.window = *window;
    decision.observed = from_record(table.observed());
    decision.amount = from_record(table.amount());
    decision.shadow = table.shadow();
    decision.owner = text_of(table.owner());
    decode_optional(table, decision);
    return decision;
}

}  // namespace

std::string_view RecordEncoder::decision(const Decision& decision) {
    flatbuffers::FlatBufferBuilder& builder = buffer_->builder;
    builder.Clear();
    flatbuffers::Offset<record::Cause> cause;
    if (decision.cause) {
        cause = record::CreateCause(builder,
                                    buffer_->text(decision.cause->topic),
                                    decision.cause->partition,
                                    decision.cause->offset,
                                    decision.cause->index,
                                    decision.cause->trace_id.high,
                                    decision.cause->trace_id.low);
    }
    const auto account = buffer_->text(decision.account);
    const auto limit = buffer_->text(decision.limit);
    const auto meter = buffer_->text(name_of(decision.meter));
    const auto window = buffer_->text(to_text(decision.window));
    const auto owner = decision.owner.empty() ? flatbuffers::Offset<flatbuffers::String>()
                                              : buffer_->text(decision.owner);
    const record::Int128 observed = to_record(decision.observed);
    const record::Int128 amount = to_record(decision.amount);
    record::DecisionBuilder table(builder);
    table.add_number(decision.number);
    table.add_effective_ms(decision.effective_ms);
    table.add_account(account);
    table.add_limit(limit);
    table.add_action(static_cast<uint8_t>(decision.action));
    table.add_previous(static_cast<uint8_t>(decision.previous));
    table.add_reason(static_cast<uint8_t>(decision.reason));
    table.add_meter(meter);
    table.add_window(window);
    if (decision.window_start_ms) {
        table.add_window_start_ms(*decision.window_start_ms);
    }
    table.add_observed(&observed);
    table.add_amount(&amount);
    if (decision.valid_until_ms) {
        table.add_valid_until_ms(*decision.valid_until_ms);
    }
    if (decision.cause) {
        table.add_cause(cause);
    }
    table.add_shadow(decision.shadow);
    if (!decision.owner.empty()) {
        table.add_owner(owner);
    }
    return buffer_->finish(table.Finish(), kDecisionIdentifier);
}

std::optional<Decision> decode_decision(std::string_view bytes) {
    const AlignedBytes aligned(bytes);
    if (const auto* table = aligned.root<record::Decision>(kDecisionIdentifier)) {
        return decode_structured(*table);
    }
    const auto* text = aligned.root<record::DecisionText>(kDecisionTextIdentifier);
    return text == nullptr || text->json() == nullptr
               ? std::nullopt
               : parse_decision_text(text->json()->string_view());
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
