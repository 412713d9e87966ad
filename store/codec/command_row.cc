#include "store/codec/command_row.h"

#include "schemas/text/json_writer.h"
#include "store/codec/keys.h"
#include "store/codec/record_codec_buffer.h"

namespace spantoll::store {
namespace {

constexpr const char* kCommandIdentifier = "SMR1";
constexpr const char* kPositionIdentifier = "SMP1";

}  // namespace

std::string RowKind<Command>::key(const Command& row) {
    return numbered_key(kPrefix, row.number);
}

std::string_view RowKind<Command>::encode(RecordEncoder& encoder, const Command& row) {
    RecordEncoder::Buffer& buffer = encoder.buffer();
    buffer.builder.Clear();
    std::vector<flatbuffers::Offset<record::CommandBefore>> before;
    before.reserve(row.before.size());
    for (const auto& [partition, offset] : row.before) {
        before.push_back(record::CreateCommandBefore(
            buffer.builder, buffer.text(partition.topic), partition.partition, offset));
    }
    const auto befores = buffer.builder.CreateVector(before);
    const auto by = buffer.text(row.by);
    const auto what = buffer.text(name_of(row.kind));
    const auto body = buffer.text(row.body);
    const auto was = buffer.text(row.was);
    const auto result = buffer.text(row.result);
    const auto key = buffer.text(row.key);
    const auto answer = buffer.text(row.answer);
    return buffer.finish(record::CreateCommand(buffer.builder,
                                               row.at_ms,
                                               by,
                                               what,
                                               body,
                                               befores,
                                               was,
                                               result,
                                               key,
                                               row.request_hash,
                                               answer),
                         kCommandIdentifier);
}

std::optional<Command> RowKind<Command>::decode(std::string_view key, std::string_view value) {
    const std::optional<uint64_t> number = parse_numbered_key(kPrefix, key);
    const AlignedBytes aligned(value);
    const auto* table = aligned.root<record::Command>(kCommandIdentifier);
    if (!number || table == nullptr) {
        return std::nullopt;
    }
    const std::optional<CommandKind> kind = parse_command_kind(text_of(table->what()));
    if (!kind) {
        return std::nullopt;
    }
    Command row;
    row.number = *number;
    row.at_ms = table->at_ms();
    row.by = text_of(table->by());
    row.kind = *kind;
    row.body = text_of(table->body());
    if (table->before() != nullptr) {
        for (const record::CommandBefore* before : *table->before()) {
            row.before.emplace_back(TopicPartition{text_of(before->topic()), before->partition()},
                                    before->offset());
        }
    }
    row.was = text_of(table->was());
    row.result = text_of(table->result());
    row.key = text_of(table->key());
    row.request_hash = table->request_hash();
    row.answer = text_of(table->answer());
    return row;
}

std::string RowKind<Command>::json(const Command& row) {
    JsonObject before;
    for (const auto& [partition, offset] : row.before) {
        before.add(partition.topic + "/" + std::to_string(partition.partition), offset);
    }
    JsonObject json;
    json.add("number", row.number)
        .add("at_ms", row.at_ms)
        .add_text("by", row.by)
        .add_text("what", name_of(row.kind))
        .add_json("body", row.body)
        .add_json("before", before.str());
    if (!row.was.empty()) {
        json.add_json("changed", row.was);
    }
    return row.is_applied() ? json.add_text("result", row.result).str()
                            : json.add_json("result", "null").str();
}

std::string RowKind<CommandPosition>::key(const CommandPosition& /*row*/) {
    return std::string(kPrefix);
}

std::string_view RowKind<CommandPosition>::encode(RecordEncoder& encoder,
                                                  const CommandPosition& row) {
    RecordEncoder::Buffer& buffer = encoder.buffer();
    buffer.builder.Clear();
    return buffer.finish(
        record::CreateCommandPosition(buffer.builder, row.next, row.applied, row.config, row.begin),
        kPositionIdentifier);
}

std::optional<CommandPosition> RowKind<CommandPosition>::decode(std::string_view key,
                                                                std::string_view value) {
    const AlignedBytes aligned(value);
    const auto* table = aligned.root<record::CommandPosition>(kPositionIdentifier);
    if (key != kPrefix || table == nullptr) {
        return std::nullopt;
    }
    return CommandPosition{table->next(), table->applied(), table->config(), table->begin()};
}

std::string RowKind<CommandPosition>::json(const CommandPosition& row) {
    return JsonObject()
        .add("next", row.next)
        .add("applied", row.applied)
        .add("config", row.config)
        .add("begin", row.begin)
        .str();
}

}  // namespace spantoll::store
