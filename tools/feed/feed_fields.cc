#include "tools/feed/feed_fields.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <utility>

#include <fmt/format.h>

#include "schemas/meter.h"
#include "schemas/text/suggestion.h"
#include "tools/feed/csv_text.h"
#include "tools/feed/time_text.h"

namespace spantoll::tools {
namespace {

constexpr std::string_view kUsagePrefix = "usage.";
constexpr std::string_view kAttributePrefix = "attributes.";

template <typename T>
bool read_number(std::string_view text, T& out, int base = 10) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out, base);
    return error == std::errc() && end == text.data() + text.size();
}

// Tables often write whole numbers as 4808.0.
template <typename T>
bool read_whole(std::string_view text, T& out) {
    const size_t point = text.find('.');
    if (point != std::string_view::npos &&
        text.find_first_not_of('0', point + 1) == std::string_view::npos) {
        text = text.substr(0, point);
    }
    return read_number(text, out);
}

template <size_t kCount>
std::optional<size_t> place_in(const std::array<std::string_view, kCount>& names,
                               std::string_view text) {
    std::string lower(text);
    std::ranges::transform(
        lower, lower.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? char(c + 32) : c; });
    const auto found = std::ranges::find(names, lower);
    return found == names.end() ? std::nullopt : std::optional<size_t>(found - names.begin());
}

bool read_flag(std::string_view text, bool& out) {
    constexpr std::array<std::string_view, 6> kNames{"false", "true", "0", "1", "no", "yes"};
    const std::optional<size_t> place = place_in(kNames, text);
    out = place && *place % 2 == 1;
    return place.has_value();
}

Span& last_span(FeedBatch& batch) {
    return batch.spans.back().span;
}

template <auto kMember>
bool set_whole(std::string_view text, std::string_view /*part*/, FeedBatch& batch) {
    return read_whole(text, last_span(batch).*kMember);
}
template <auto kMember>
bool set_flag(std::string_view text, std::string_view /*part*/, FeedBatch& batch) {
    return read_flag(text, last_span(batch).*kMember);
}
template <Dimension kDimension>
bool set_dimension(std::string_view text, std::string_view /*part*/, FeedBatch& batch) {
    last_span(batch).dimensions[static_cast<size_t>(kDimension)] = batch.texts.keep(text);
    return true;
}

template <auto kMember>
bool set_text(std::string_view text, std::string_view /*part*/, FeedBatch& batch) {
    last_span(batch).*kMember = batch.texts.keep(text);
    return true;
}

bool set_time(std::string_view text, std::string_view /*part*/, FeedBatch& batch) {
    const std::optional<int64_t> time_ms = parse_time_ms(text);
    last_span(batch).time_ms = time_ms.value_or(0);
    return time_ms.has_value();
}

bool set_trace_id(std::string_view text, std::string_view /*part*/, FeedBatch& batch) {
    constexpr size_t kHalf = 16;
    TraceId& id = last_span(batch).trace_id;
    return text.size() == 2 * kHalf && read_number(text.substr(0, kHalf), id.high, 16) &&
           read_number(text.substr(kHalf), id.low, 16);
}

bool set_span_id(std::string_view text, std::string_view /*part*/, FeedBatch& batch) {
    return text.size() == 16 && read_number(text, last_span(batch).span_id, 16);
}

bool set_status(std::string_view text, std::string_view /*part*/, FeedBatch& batch) {
    constexpr std::array<std::string_view, 3> kNames{"unset", "ok", "error"};
    const std::optional<size_t> place = place_in(kNames, text);
    last_span(batch).status = static_cast<Status>(place.value_or(0));
    return place.has_value();
}

bool set_direction(std::string_view text, std::string_view /*part*/, FeedBatch& batch) {
    constexpr std::array<std::string_view, 3> kNames{"none", "inbound", "outbound"};
    const std::optional<size_t> place = place_in(kNames, text);
    last_span(batch).direction = static_cast<Direction>(place.value_or(0));
    return place.has_value();
}

bool set_cost(FeedBatch& batch, Int128 pico) {
    last_span(batch).cost = Money::from_pico(pico);
    return pico >= std::numeric_limits<int64_t>::min() &&
           pico <= std::numeric_limits<int64_t>::max();
}

bool set_cost_pico(std::string_view text, std::string_view /*part*/, FeedBatch& batch) {
    int64_t pico = 0;
    return read_whole(text, pico) && set_cost(batch, pico);
}

bool set_cost_usd(std::string_view text, std::string_view /*part*/, FeedBatch& batch) {
    const DecimalMoney cost = parse_usd(text);
    return cost.outcome == DecimalOutcome::kOk && set_cost(batch, cost.money.pico());
}

bool set_request_id(std::string_view text, std::string_view /*part*/, FeedBatch& batch) {
    batch.spans.back().request_id = batch.texts.keep(text);
    return true;
}

bool add_usage(std::string_view text, std::string_view part, FeedBatch& batch) {
    uint64_t quantity = 0;
    if (!read_whole(text, quantity)) {
        return false;
    }
    batch.add_usage(batch.texts.keep(part), quantity);
    return true;
}

bool add_attribute(std::string_view text, std::string_view part, FeedBatch& batch) {
    batch.add_attribute(batch.texts.keep(part), batch.texts.keep(text));
    return true;
}

constexpr std::string_view kWhole = "a whole number";
constexpr std::string_view kFlag = "true or false";
constexpr std::string_view kText = "a text";

}  // namespace

struct FeedField::Traits {
    std::string_view name;
    std::string_view wants;
    bool (*set)(std::string_view text, std::string_view part, FeedBatch& batch) = nullptr;
};

struct FeedField::Table {
    static const Traits* find(std::string_view name);
    static const std::array<Traits, 35> kTraits;
    static constexpr Traits kUsage{kUsagePrefix, kWhole, add_usage};
    static constexpr Traits kAttribute{kAttributePrefix, kText, add_attribute};
};

constexpr std::array<FeedField::Traits, 35> FeedField::Table::kTraits{{
    {"time_ms", "a time such as 2023-11-16 18:17:03.97 or epoch milliseconds", set_time},
    {"timestamp", "a time such as 2023-11-16 18:17:03.97 or epoch milliseconds", set_time},
    {"trace_id", "32 hex digits", set_trace_id},
    {"span_id", "16 hex digits", set_span_id},
    {"sequence", kWhole, set_whole<&Span::sequence>},
    {"duration_us", kWhole, set_whole<&Span::duration_us>},
    {"status", "unset, ok or error", set_status},
    {"direction", "none, inbound or outbound", set_direction},
    {"service", kText, set_dimension<Dimension::kService>},
    {"operation", kText, set_dimension<Dimension::kOperation>},
    {"domain", kText, set_dimension<Dimension::kDomain>},
    {"activity", kText, set_dimension<Dimension::kActivity>},
    {"region", kText, set_dimension<Dimension::kRegion>},
    {"commit", kText, set_dimension<Dimension::kCommit>},
    {"provider", kText, set_dimension<Dimension::kProvider>},
    {"model", kText, set_dimension<Dimension::kModel>},
    {"virtual_key", kText, set_dimension<Dimension::kVirtualKey>},
    {"team", kText, set_dimension<Dimension::kTeam>},
    {"customer", kText, set_dimension<Dimension::kCustomer>},
    {"user", kText, set_dimension<Dimension::kUser>},
    {"session", kText, set_dimension<Dimension::kSession>},
    {"end_user", kText, set_dimension<Dimension::kEndUser>},
    {"request_id", kText, set_request_id},
    {"ingress_bytes", kWhole, set_whole<&Span::ingress_bytes>},
    {"egress_bytes", kWhole, set_whole<&Span::egress_bytes>},
    {"cost_usd", "an amount in USD such as 0.0125, within 64 bits of pico-USD", set_cost_usd},
    {"cost_amount", "an amount in USD such as 0.0125, within 64 bits of pico-USD", set_cost_usd},
    {"cost_pico_usd", "a whole number of pico-USD", set_cost_pico},
    {"is_credit", kFlag, set_flag<&Span::is_credit>},
    {"is_streaming", kFlag, set_flag<&Span::is_streaming>},
    {"is_final_chunk", kFlag, set_flag<&Span::is_final_chunk>},
    {"has_usage_data", kFlag, set_flag<&Span::has_usage_data>},
    {"http_status", kWhole, set_whole<&Span::http_status>},
    {"error_type", kText, set_text<&Span::error_type>},
    {"service_tier", kText, set_text<&Span::service_tier>},
}};

const FeedField::Traits* FeedField::Table::find(std::string_view name) {
    const auto found = std::ranges::find(kTraits, name, &Traits::name);
    return found == kTraits.end() ? nullptr : &*found;
}

Result<FeedField> FeedField::named(std::string_view name) {
    for (const Traits* traits : {&Table::kUsage, &Table::kAttribute}) {
        if (!name.starts_with(traits->name) || name.size() == traits->name.size()) {
            continue;
        }
        FeedField field{std::string(name), traits};
        field.part_ = trimmed(name.substr(traits->name.size()));
        if (traits == &Table::kUsage && is_reserved_meter(field.part_)) {
            return failure(
                ErrorKind::kUsage,
                fmt::format("--map {}: '{}' is no usage meter, spans with it are refused",
                            name,
                            field.part_));
        }
        return field;
    }
    if (const Traits* traits = Table::find(name); traits != nullptr) {
        return FeedField{std::string(name), traits};
    }
    std::vector<std::string_view> known;
    known.reserve(Table::kTraits.size() + 2);
    for (const Traits& traits : Table::kTraits) {
        known.push_back(traits.name);
    }
    known.insert(known.end(), {"usage.METER", "attributes.KEY"});
    return failure(
        ErrorKind::kUsage,
        fmt::format("--map {}: a span has no such field; {}", name, suggestion(name, known)));
}

std::string FeedField::wants(std::string_view text) const {
    std::string wanted(traits_->wants);
    if (traits_->set == set_time) {
        if (const std::string_view form = time_form(trimmed(text)); !form.empty()) {
            wanted += fmt::format("; this looks like {}", form);
        }
    }
    return wanted;
}

bool FeedField::set(std::string_view text, FeedBatch& batch) const {
    if (traits_ != &Table::kAttribute) {
        text = trimmed(text);
    }
    return text.empty() || traits_->set(text, part_, batch);
}

bool FeedField::is_dimension() const {
    return parse_dimension(name_).has_value();
}

}  // namespace spantoll::tools
