#include <algorithm>
#include <limits>
#include <utility>

#include "schemas/check.h"
#include "schemas/packed.h"
#include "store/codec/record_codec_buffer.h"

namespace spantoll::store {
namespace {

// Behind the window of totals that leave out what failed.
constexpr std::string_view kOkMark = "#ok";

Int128* find(std::vector<std::pair<std::string, Int128>>& usage, const std::string& meter) {
    const auto at = std::find_if(
        usage.begin(), usage.end(), [&](const auto& entry) { return entry.first == meter; });
    return at == usage.end() ? nullptr : &at->second;
}

std::optional<Period> period_of_texts(const flatbuffers::String* window, int64_t start_ms) {
    const std::optional<WindowSpec> spec = parse_window(text_of(window));
    return spec ? std::optional(Period{*spec, start_ms}) : std::nullopt;
}

std::optional<PeriodRecord> decode_period_of_format_1(std::string_view bytes) {
    const AlignedBytes aligned(bytes);
    const auto* table = aligned.root<record::Period>(kPeriodIdentifier);
    if (table == nullptr) {
        return std::nullopt;
    }
    PeriodRecord record;
    record.totals.request_count = table->request_count();
    record.totals.error_count = table->error_count();
    record.totals.ingress_bytes = from_record(table->ingress_bytes());
    record.totals.egress_bytes = from_record(table->egress_bytes());
    record.totals.cost = Money::from_pico(from_record(table->cost_pico_usd()));
    record.totals.late_count = table->late_count();
    record.totals.unpriced_count = table->unpriced_count();
    record.totals.first_ms = table->first_ms();
    record.totals.last_ms = table->last_ms();
    const auto* names = table->usage_meters();
    const auto* quantities = table->usage_quantities();
    const size_t count = names == nullptr ? 0 : names->size();
    if (count != (quantities == nullptr ? 0 : quantities->size()) || !are_aligned(quantities)) {
        return std::nullopt;
    }
    for (size_t i = 0; i < count; ++i) {
        const auto at = static_cast<flatbuffers::uoffset_t>(i);
        record.usage.emplace_back(names->Get(at)->str(), from_record(*quantities->Get(at)));
    }
    if (table->window() != nullptr) {
        record.window = period_of_texts(table->window(), table->start_ms());
        if (!record.window) {
            return std::nullopt;
        }
    }
    return record;
}

// Whether a number that was read is one that an EventTime can hold.
bool is_time(Int128 ms) {
    return ms >= std::numeric_limits<int64_t>::min() && ms <= std::numeric_limits<int64_t>::max();
}

}  // namespace

std::string_view RecordEncoder::period(const PeriodTotals& totals,
                                       const std::vector<std::string>& meters,
                                       const Period* window) {
    buffer_->usage.clear();
    for (const UsageTotal& usage : totals.usage) {
        CHECK(usage.meter < meters.size(), "a meter is written before it is used");
        buffer_->usage.emplace_back(meters[usage.meter], usage.quantity);
    }
    return period_with(totals, window);
}

std::string_view RecordEncoder::period(const PeriodRecord& record) {
    CHECK(record.totals.usage.empty(), "a record names its meters");
    buffer_->usage.assign(record.usage.begin(), record.usage.end());
    return period_with(record.totals, record.window ? &*record.window : nullptr);
}

std::string_view RecordEncoder::period_with(const PeriodTotals& totals, const Period* window) {
    std::string& out = buffer_->packed;
    out.assign(1, kPackedPeriod);
    put_number(out, totals.request_count);
    put_number(out, totals.error_count);
    put_number(out, totals.late_count);
    put_number(out, totals.unpriced_count);
    put_signed(out, totals.first_ms);
    put_signed(out, Int128{totals.last_ms} - totals.first_ms);
    put_signed(out, totals.ingress_bytes);
    put_signed(out, totals.egress_bytes);
    put_signed(out, totals.cost.pico());
    put_number(out, buffer_->usage.size());
    for (const auto& [meter, quantity] : buffer_->usage) {
        put_text(out, meter);
        put_signed(out, quantity);
    }
    if (window == nullptr) {
        put_text(out, {});
        return out;
    }
    put_text(out, to_text(window->window) + std::string(window->skips_failed ? kOkMark : ""));
    put_signed(out, window->start_ms);
    if (window->series != 0) {
        put_number(out, window->series);
    }
    return out;
}

std::optional<PeriodRecord> decode_period(std::string_view bytes) {
    if (bytes.empty() || bytes.front() != kPackedPeriod) {
        return decode_period_of_format_1(bytes);
    }
    bytes.remove_prefix(1);
    PackedReader packed(bytes);
    PeriodRecord record;
    PeriodTotals& totals = record.totals;
    totals.request_count = packed.number<uint64_t>();
    totals.error_count = packed.number<uint64_t>();
    totals.late_count = packed.number<uint64_t>();
    totals.unpriced_count = packed.number<uint64_t>();
    const Int128 first_ms = packed.signed_number();
    const Int128 between_ms = packed.signed_number();
    // Each by itself first: the sum of two that are no times may overflow.
    if (!is_time(first_ms) || !is_time(between_ms / 2) || !is_time(first_ms + between_ms)) {
        return std::nullopt;
    }
    totals.first_ms = static_cast<int64_t>(first_ms);
    totals.last_ms = static_cast<int64_t>(first_ms + between_ms);
    totals.ingress_bytes = packed.signed_number();
    totals.egress_bytes = packed.signed_number();
    totals.cost = Money::from_pico(packed.signed_number());
    packed.list([&] {
        std::string meter(packed.text());
        record.usage.emplace_back(std::move(meter), packed.signed_number());
    });
    if (const std::string_view text = packed.text(); !text.empty()) {
        const bool skips_failed = text.ends_with(kOkMark);
        const std::optional<WindowSpec> window =
            parse_window(text.substr(0, text.size() - (skips_failed ? kOkMark.size() : 0)));
        const Int128 start_ms = packed.signed_number();
        if (!window || !is_time(start_ms)) {
            return std::nullopt;
        }
        record.window = Period{*window, static_cast<int64_t>(start_ms), skips_failed, 0};
        if (!bytes.empty()) {
            record.window->series = packed.number<uint32_t>();
        }
    }
    return packed.ok() && bytes.empty() ? std::optional(std::move(record)) : std::nullopt;
}

std::string_view RecordEncoder::index(const Period& period) {
    buffer_->builder.Clear();
    const auto window = buffer_->text(to_text(period.window));
    return buffer_->finish(record::CreateIndex(buffer_->builder, window, period.start_ms),
                           kIndexIdentifier);
}

std::optional<Period> decode_index(std::string_view bytes) {
    const AlignedBytes aligned(bytes);
    const auto* table = aligned.root<record::Index>(kIndexIdentifier);
    return table == nullptr ? std::nullopt : period_of_texts(table->window(), table->start_ms());
}

void add_to(PeriodRecord& sum, const PeriodRecord& more) {
    if (more.totals == PeriodTotals{} && more.usage.empty()) {
        return;
    }
    PeriodTotals& totals = sum.totals;
    const bool was_empty = totals == PeriodTotals{} && sum.usage.empty();
    totals.first_ms =
        was_empty ? more.totals.first_ms : std::min(totals.first_ms, more.totals.first_ms);
    totals.last_ms =
        was_empty ? more.totals.last_ms : std::max(totals.last_ms, more.totals.last_ms);
    totals.request_count += more.totals.request_count;
    totals.error_count += more.totals.error_count;
    totals.ingress_bytes += more.totals.ingress_bytes;
    totals.egress_bytes += more.totals.egress_bytes;
    totals.cost += more.totals.cost;
    totals.late_count += more.totals.late_count;
    totals.unpriced_count += more.totals.unpriced_count;
    for (const auto& [meter, quantity] : more.usage) {
        if (Int128* known = find(sum.usage, meter)) {
            *known += quantity;
        } else {
            sum.usage.emplace_back(meter, quantity);
        }
    }
    if (!sum.window) {
        sum.window = more.window;
    }
}

}  // namespace spantoll::store
