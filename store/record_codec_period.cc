#include <algorithm>

#include "schemas/check.h"
#include "store/record_codec_buffer.h"

namespace spantoll::store {
namespace {

Int128* find(std::vector<std::pair<std::string, Int128>>& usage, const std::string& meter) {
    const auto at = std::find_if(
        usage.begin(), usage.end(), [&](const auto& entry) { return entry.first == meter; });
    return at == usage.end() ? nullptr : &at->second;
}

void build_totals(record::PeriodBuilder& builder, const PeriodTotals& totals) {
    builder.add_request_count(totals.request_count);
    builder.add_error_count(totals.error_count);
    builder.add_late_count(totals.late_count);
    builder.add_unpriced_count(totals.unpriced_count);
    builder.add_first_ms(totals.first_ms);
    builder.add_last_ms(totals.last_ms);
    const record::Int128 ingress = to_record(totals.ingress_bytes);
    const record::Int128 egress = to_record(totals.egress_bytes);
    const record::Int128 cost = to_record(totals.cost.pico());
    if (totals.ingress_bytes != 0) {
        builder.add_ingress_bytes(&ingress);
    }
    if (totals.egress_bytes != 0) {
        builder.add_egress_bytes(&egress);
    }
    if (totals.cost != Money{}) {
        builder.add_cost_pico_usd(&cost);
    }
}

std::optional<Period> period_of_texts(const flatbuffers::String* window, int64_t start_ms) {
    const std::optional<WindowSpec> spec = parse_window(text_of(window));
    return spec ? std::optional(Period{*spec, start_ms}) : std::nullopt;
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
    flatbuffers::FlatBufferBuilder& builder = buffer_->builder;
    builder.Clear();
    buffer_->names.clear();
    buffer_->quantities.clear();
    for (const auto& [meter, quantity] : buffer_->usage) {
        buffer_->names.push_back(buffer_->text(meter));
        buffer_->quantities.push_back(to_record(quantity));
    }
    flatbuffers::Offset<flatbuffers::Vector<flatbuffers::Offset<flatbuffers::String>>> names;
    flatbuffers::Offset<flatbuffers::Vector<const record::Int128*>> quantities;
    flatbuffers::Offset<flatbuffers::String> window_text;
    if (!buffer_->usage.empty()) {
        names = builder.CreateVector(buffer_->names);
        quantities = builder.CreateVectorOfStructs(buffer_->quantities);
    }
    if (window != nullptr) {
        window_text = buffer_->text(to_text(window->window));
    }
    record::PeriodBuilder period(builder);
    build_totals(period, totals);
    if (!buffer_->usage.empty()) {
        period.add_usage_meters(names);
        period.add_usage_quantities(quantities);
    }
    if (window != nullptr) {
        period.add_window(window_text);
        period.add_start_ms(window->start_ms);
    }
    return buffer_->finish(period.Finish(), kPeriodIdentifier);
}

std::optional<PeriodRecord> decode_period(std::string_view bytes) {
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
    if (count != (quantities == nullptr ? 0 : quantities->size())) {
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
