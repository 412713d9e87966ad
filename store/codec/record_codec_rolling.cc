#include <utility>

#include "schemas/packed.h"
#include "store/codec/record_codec_buffer.h"

namespace spantoll::store {
namespace {

bool is_alpha(const Alpha& alpha) {
    return alpha.numerator >= 1 && alpha.numerator <= alpha.denominator && alpha.denominator <= 100;
}

// In front of the name of a meter that skips what failed. No name of a meter has it.
constexpr char kSkipsFailed = '\x01';

std::string stored_name(const Meter& meter) {
    return (meter.skips_failed ? std::string(1, kSkipsFailed) : "") + std::string(name_of(meter));
}

Meter stored_meter(std::string_view text) {
    const bool skips_failed = text.starts_with(kSkipsFailed);
    Meter meter = meter_named(text.substr(skips_failed ? 1 : 0));
    meter.skips_failed = skips_failed;
    return meter;
}

std::optional<RollingRow> decode_rolling_of_format_1(std::string_view bytes) {
    const AlignedBytes aligned(bytes);
    const auto* table = aligned.root<record::Rolling>(kRollingIdentifier);
    if (table == nullptr || table->meters() == nullptr || table->sums() == nullptr ||
        table->emas() == nullptr || table->meters()->size() != table->sums()->size() ||
        !are_aligned(table->sums()) || !are_aligned(table->emas())) {
        return std::nullopt;
    }
    RollingRow row;
    row.window_minutes = table->window_minutes();
    row.account_id = AccountId(table->account_id());
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
        const Alpha alpha{ema->numerator(), ema->denominator()};
        if (ema->meter() >= row.meters.size() || !is_alpha(alpha)) {
            return std::nullopt;
        }
        row.meters[ema->meter()].emas.push_back({alpha, ema->is_set(), from_record(ema->value())});
    }
    return row;
}

}  // namespace

std::string_view RecordEncoder::rolling(const RollingRow& row) {
    std::string& out = buffer_->packed;
    out.assign(1, kPackedRolling);
    put_number(out, row.window_minutes);
    put_number(out, row.account_id.number);
    put_time(out, row.as_of);
    put_time(out, row.last_charged_pane);
    put_time(out, row.open_pane);
    put_number(out, row.meters.size());
    for (const RollingMeterRow& meter : row.meters) {
        put_text(out, stored_name(meter.meter));
        put_number(out, meter.slot);
        put_signed(out, meter.live);
        put_signed(out, meter.closed);
        put_signed(out, meter.sample);
        put_number(out, meter.emas.size());
        for (const EmaRow& ema : meter.emas) {
            put_number(out, ema.alpha.numerator);
            put_number(out, ema.alpha.denominator);
            put_number(out, ema.is_set ? 1 : 0);
            put_signed(out, ema.value);
        }
    }
    return out;
}

std::optional<RollingRow> decode_rolling(std::string_view bytes) {
    if (bytes.empty() || bytes.front() != kPackedRolling) {
        return decode_rolling_of_format_1(bytes);
    }
    bytes.remove_prefix(1);
    PackedReader packed(bytes);
    bool is_sound = true;
    RollingRow row;
    row.window_minutes = packed.number<int64_t>();
    row.account_id = AccountId(packed.number<uint64_t>());
    row.as_of = packed.time();
    row.last_charged_pane = packed.time();
    row.open_pane = packed.time();
    packed.list([&] {
        RollingMeterRow& meter = row.meters.emplace_back();
        meter.meter = stored_meter(packed.text());
        meter.slot = packed.number<uint32_t>();
        meter.live = packed.signed_number();
        meter.closed = packed.signed_number();
        meter.sample = packed.signed_number();
        packed.list([&] {
            EmaRow& ema = meter.emas.emplace_back();
            ema.alpha.numerator = packed.number<int32_t>();
            ema.alpha.denominator = packed.number<int32_t>();
            ema.is_set = packed.number<uint8_t>() != 0;
            ema.value = packed.signed_number();
            is_sound = is_sound && is_alpha(ema.alpha);
        });
    });
    return packed.ok() && bytes.empty() && is_sound ? std::optional(std::move(row)) : std::nullopt;
}

}  // namespace spantoll::store
