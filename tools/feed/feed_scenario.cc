#include "tools/feed/feed_scenario.h"

#include <utility>

#include "schemas/check.h"
#include "tools/feed/feed_random.h"

namespace spantoll::tools {
namespace {

constexpr int64_t kComputePicoPerUs = 17;
constexpr int64_t kEgressPicoPerByte = 84;

}  // namespace

std::unique_ptr<Scenario> make_scenario(std::string_view name, const ScenarioOptions& options) {
    if (name == "mixed") {
        return make_mixed_scenario(options);
    }
    if (name == "bench") {
        return make_bench_scenario(options);
    }
    if (name == "federation") {
        return make_federation_scenario(options);
    }
    if (name == "llm") {
        return make_llm_scenario(options);
    }
    if (name == "usage") {
        return make_usage_scenario(options, UsageGives::kQuantities);
    }
    if (name == "usage-priced") {
        return make_usage_scenario(options, UsageGives::kCost);
    }
    return nullptr;
}

void set_identity(uint64_t seed, uint64_t number, Span& span) {
    // mix64 is a bijection, so equal ids would need equal numbers. `| 1` keeps them from being
    // zero.
    span.trace_id = {.high = mix64(seed ^ 0x7370616e746f6c6cULL) | 1, .low = mix64(number + 1)};
    span.span_id = mix64(mix64(seed) + number) | 1;
}

Money compute_cost(uint64_t duration_us, uint64_t egress_bytes) {
    return Money::from_pico(Int128{duration_us} * kComputePicoPerUs +
                            Int128{egress_bytes} * kEgressPicoPerByte);
}

ScenarioFeed::ScenarioFeed(std::unique_ptr<Scenario> scenario, const ScenarioSchedule& schedule)
    : scenario_(std::move(scenario)), schedule_(schedule) {
    CHECK(scenario_ != nullptr, "the scenario's name was checked");
}

Result<void> ScenarioFeed::fill(size_t spans_max, FeedBatch& batch) {
    while (batch.spans.size() < spans_max && batch.broken_json.empty() &&
           spans_ < schedule_.spans) {
        const double progress = static_cast<double>(spans_) / static_cast<double>(schedule_.spans);
        const Int128 elapsed_ms = Int128{schedule_.duration_ms} * spans_ / schedule_.spans;
        const size_t before = batch.spans.size();
        scenario_->add({.number = events_++,
                        .time_ms = schedule_.start_ms + static_cast<int64_t>(elapsed_ms),
                        .progress = progress},
                       batch);
        spans_ += batch.spans.size() - before;
        if (spans_ > schedule_.spans) {  // the last event adds no more spans than requested
            batch.spans.resize(batch.spans.size() - (spans_ - schedule_.spans));
            spans_ = schedule_.spans;
        }
    }
    return {};
}

}  // namespace spantoll::tools
