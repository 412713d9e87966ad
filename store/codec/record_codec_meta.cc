#include "store/codec/record_codec_buffer.h"

namespace spantoll::store {
namespace {

std::string period_name(WindowKind kind) {
    return to_text(WindowSpec{kind, 0});
}

std::optional<AccountKind> kind_of(const record::Kind& table) {
    AccountKind kind{text_of(table.name()), {}};
    if (table.dimensions() == nullptr) {
        return kind;
    }
    for (const flatbuffers::String* name : *table.dimensions()) {
        const std::optional<Dimension> dimension = parse_dimension(name->string_view());
        if (!dimension) {
            return std::nullopt;
        }
        kind.dimensions.push_back(*dimension);
    }
    return kind;
}

}  // namespace

RecordEncoder::RecordEncoder() : buffer_(std::make_unique<Buffer>()) {}

RecordEncoder::~RecordEncoder() = default;

RecordEncoder::Buffer& RecordEncoder::buffer() {
    return *buffer_;
}

std::string_view RecordEncoder::watermark(const WatermarkRow& row) {
    buffer_->builder.Clear();
    return buffer_->finish(
        record::CreateWatermark(
            buffer_->builder, row.watermark_ms, row.closed_pane.index, row.is_live),
        kWatermarkIdentifier);
}

std::optional<WatermarkRow> decode_watermark(std::string_view bytes) {
    const AlignedBytes aligned(bytes);
    const auto* table = aligned.root<record::Watermark>(kWatermarkIdentifier);
    return table == nullptr
               ? std::nullopt
               : std::optional(WatermarkRow{
                     table->watermark_ms(), Pane(table->closed_pane()), table->is_live()});
}

std::string_view RecordEncoder::format(const FormatRecord& record) {
    flatbuffers::FlatBufferBuilder& builder = buffer_->builder;
    builder.Clear();
    std::vector<flatbuffers::Offset<record::Kind>> kinds;
    for (const AccountKind& kind : record.kinds) {
        std::vector<flatbuffers::Offset<flatbuffers::String>> dimensions;
        dimensions.reserve(kind.dimensions.size());
        for (const Dimension dimension : kind.dimensions) {
            dimensions.push_back(buffer_->text(name_of(dimension)));
        }
        const auto name = buffer_->text(kind.name);
        kinds.push_back(record::CreateKind(builder, name, builder.CreateVector(dimensions)));
    }
    std::vector<flatbuffers::Offset<flatbuffers::String>> periods;
    periods.reserve(record.periods.size());
    for (const WindowKind period : record.periods) {
        periods.push_back(buffer_->text(period_name(period)));
    }
    const auto kinds_vector = builder.CreateVector(kinds);
    const auto periods_vector = builder.CreateVector(periods);
    const auto zone = buffer_->text(record.zone.name());
    return buffer_->finish(
        record::CreateFormat(
            builder, record.version, record.dedup_seed, kinds_vector, periods_vector, zone),
        kFormatIdentifier);
}

std::optional<FormatRecord> decode_format(std::string_view bytes) {
    const AlignedBytes aligned(bytes);
    const auto* table = aligned.root<record::Format>(kFormatIdentifier);
    if (table == nullptr || table->kinds() == nullptr || table->periods() == nullptr) {
        return std::nullopt;
    }
    FormatRecord record{table->version(), table->dedup_seed(), {}, {}, {}};
    if (table->zone() != nullptr) {
        const std::optional<Zone> zone = Zone::named(table->zone()->string_view());
        if (!zone) {
            return std::nullopt;
        }
        record.zone = *zone;
    }
    for (const record::Kind* stored : *table->kinds()) {
        std::optional<AccountKind> kind = kind_of(*stored);
        if (!kind) {
            return std::nullopt;
        }
        record.kinds.push_back(std::move(*kind));
    }
    for (const flatbuffers::String* name : *table->periods()) {
        const std::optional<WindowKind> period = parse_period_name(name->string_view());
        if (!period) {
            return std::nullopt;
        }
        record.periods.push_back(*period);
    }
    return record;
}

std::string_view RecordEncoder::next(const NextRecord& record) {
    buffer_->builder.Clear();
    return buffer_->finish(
        record::CreateNext(
            buffer_->builder, record.account_id.number, record.sequence, record.slot),
        kNextIdentifier);
}

std::optional<NextRecord> decode_next(std::string_view bytes) {
    const AlignedBytes aligned(bytes);
    const auto* table = aligned.root<record::Next>(kNextIdentifier);
    return table == nullptr
               ? std::nullopt
               : std::optional(
                     NextRecord{AccountId(table->account_id()), table->sequence(), table->slot()});
}

std::string_view RecordEncoder::running(const RunningRow& row) {
    flatbuffers::FlatBufferBuilder& builder = buffer_->builder;
    builder.Clear();
    std::vector<flatbuffers::Offset<record::Suspect>> suspects;
    suspects.reserve(row.suspects.size());
    for (const SuspectRecord& suspect : row.suspects) {
        const auto topic = buffer_->text(suspect.partition.topic);
        suspects.push_back(record::CreateSuspect(
            builder, topic, suspect.partition.partition, suspect.offset, suspect.deaths));
    }
    const auto vector = builder.CreateVector(suspects);
    return buffer_->finish(record::CreateRunning(builder, vector, row.is_reading_last),
                           kRunningIdentifier);
}

std::optional<RunningRow> decode_running(std::string_view bytes) {
    const AlignedBytes aligned(bytes);
    const auto* table = aligned.root<record::Running>(kRunningIdentifier);
    if (table == nullptr || table->suspects() == nullptr ||
        (table->is_reading_last() && table->suspects()->size() == 0)) {
        return std::nullopt;
    }
    RunningRow row;
    for (const record::Suspect* suspect : *table->suspects()) {
        row.suspects.push_back({{text_of(suspect->topic()), suspect->partition()},
                                suspect->offset(),
                                suspect->deaths()});
    }
    row.is_reading_last = table->is_reading_last();
    return row;
}

std::string_view RecordEncoder::text(const TextRecord& record) {
    buffer_->builder.Clear();
    const auto text = buffer_->text(record.text);
    return buffer_->finish(record::CreateText(buffer_->builder, text, record.size),
                           kTextIdentifier);
}

std::optional<TextRecord> decode_text(std::string_view bytes) {
    const AlignedBytes aligned(bytes);
    const auto* table = aligned.root<record::Text>(kTextIdentifier);
    return table == nullptr ? std::nullopt
                            : std::optional(TextRecord{text_of(table->text()), table->size()});
}

}  // namespace spantoll::store
