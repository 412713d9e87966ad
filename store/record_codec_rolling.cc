#include "store/record_codec_buffer.h"

namespace spantoll::store {
namespace {

bool is_alpha(const record::Ema& ema) {
    return ema.numerator() >= 1 && ema.numerator() <= ema.denominator() && ema.denominator() <= 100;
}

}  // namespace

std::string_view RecordEncoder::rolling(const RollingRow& row) {
    flatbuffers::FlatBufferBuilder& builder = buffer_->builder;
    builder.Clear();
    buffer_->names.clear();
    buffer_->sums.clear();
    buffer_->emas.clear();
    for (const RollingMeterRow& meter : row.meters) {
        const auto place = static_cast<uint32_t>(buffer_->names.size());
        buffer_->names.push_back(buffer_->text(name_of(meter.meter)));
        buffer_->sums.emplace_back(
            to_record(meter.live), to_record(meter.closed), to_record(meter.sample), meter.slot);
        for (const EmaRow& ema : meter.emas) {
            buffer_->emas.emplace_back(to_record(ema.value),
                                       place,
                                       ema.alpha.numerator,
                                       ema.alpha.denominator,
                                       ema.is_set);
        }
    }
    const auto names = builder.CreateVector(buffer_->names);
    const auto sums = builder.CreateVectorOfStructs(buffer_->sums);
    const auto emas = builder.CreateVectorOfStructs(buffer_->emas);
    record::RollingBuilder rolling(builder);
    rolling.add_window_minutes(row.window_minutes);
    rolling.add_account_id(row.account_id);
    rolling.add_as_of(row.as_of);
    rolling.add_last_charged_pane(row.last_charged_pane);
    rolling.add_open_pane(row.open_pane);
    rolling.add_meters(names);
    rolling.add_sums(sums);
    rolling.add_emas(emas);
    return buffer_->finish(rolling.Finish(), kRollingIdentifier);
}

std::optional<RollingRow> decode_rolling(std::string_view bytes) {
    const AlignedBytes aligned(bytes);
    const auto* table = aligned.root<record::Rolling>(kRollingIdentifier);
    if (table == nullptr || table->meters() == nullptr || table->sums() == nullptr ||
        table->emas() == nullptr || table->meters()->size() != table->sums()->size()) {
        return std::nullopt;
    }
    RollingRow row;
    row.window_minutes = table->window_minutes();
    row.account_id = table->account_id();
    row.as_of = table->as_of();
    row.last_charged_pane = table->last_charged_pane();
    row.open_pane = table->open_pane();
    for (flatbuffers::uoffset_t i = 0; i < table->sums()->size(); ++i) {
        const record::RollingSums& sums = *table->sums()->Get(i);
        row.meters.push_back({meter_named(table->meters()->Get(i)->string_view()),
                              sums.slot(),
                              from_record(sums.live()),
                              from_record(sums.closed()),
                              from_record(sums.sample()),
                              {}});
    }
    for (const record::Ema* ema : *table->emas()) {
        if (ema->meter() >= row.meters.size() || !is_alpha(*ema)) {
            return std::nullopt;
        }
        row.meters[ema->meter()].emas.push_back(
            {{ema->numerator(), ema->denominator()}, ema->is_set(), from_record(ema->value())});
    }
    return row;
}

}  // namespace spantoll::store
