#pragma once

#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "tools/feed/feed_batch.h"
#include "tools/feed/span_feed.h"

namespace spantoll::tools {

// When an event happens, and how far the scenario has come.
struct FeedMoment {
    uint64_t number = 0;  // of the event, from 0
    int64_t time_ms = 0;
    double progress = 0;  // from 0 at the beginning towards 1 at the end
};

// Invented traffic. An event depends only on the seed and its moment.
class Scenario {
  public:
    Scenario() = default;
    Scenario(const Scenario&) = delete;
    Scenario& operator=(const Scenario&) = delete;
    virtual ~Scenario() = default;

    // Adds the event's spans, at least one.
    virtual void add(const FeedMoment& moment, FeedBatch& batch) = 0;
};

struct ScenarioOptions {
    uint64_t seed = 1;
    uint64_t accounts = 25'000;  // `bench`, `usage`: over all five dimensions
    double zipf = 0;             // `bench`, `usage`: exponent for picking accounts
    uint32_t attributes = 4;     // `bench`: per span
};

// Names for --scenario.
inline constexpr std::string_view kScenarioNames[] = {
    "mixed", "bench", "federation", "llm", "usage", "usage-priced"};

// Null where the name is not one of kScenarioNames.
std::unique_ptr<Scenario> make_scenario(std::string_view name, const ScenarioOptions& options);

std::unique_ptr<Scenario> make_bench_scenario(const ScenarioOptions& options);
std::unique_ptr<Scenario> make_federation_scenario(const ScenarioOptions& options);
std::unique_ptr<Scenario> make_llm_scenario(const ScenarioOptions& options);
std::unique_ptr<Scenario> make_services_scenario(const ScenarioOptions& options);
std::unique_ptr<Scenario> make_mixed_scenario(const ScenarioOptions& options);
// What the spans of `usage` carry: quantities that a price table prices, or the cost of the same
// calls.
enum class UsageGives { kQuantities, kCost };
std::unique_ptr<Scenario> make_usage_scenario(const ScenarioOptions& options, UsageGives gives);

// Gives the span an identity that no other event of this seed has.
void set_identity(uint64_t seed, uint64_t number, Span& span);

// The cost of `duration_us` of compute at 1 GB and of `egress_bytes`: 17 pico-USD per microsecond
// and 84 per byte, which is what a large cloud charges.
Money compute_cost(uint64_t duration_us, uint64_t egress_bytes);

// `spans` spans of a scenario, with their times spread evenly over duration_ms from start_ms.
struct ScenarioSchedule {
    uint64_t spans = 0;
    int64_t start_ms = 0;
    int64_t duration_ms = 0;
};

class ScenarioFeed final : public SpanFeed {
  public:
    ScenarioFeed(std::unique_ptr<Scenario> scenario, const ScenarioSchedule& schedule);
    Result<void> fill(size_t spans_max, FeedBatch& batch) override;

  private:
    const std::unique_ptr<Scenario> scenario_;
    const ScenarioSchedule schedule_;
    uint64_t events_ = 0;
    uint64_t spans_ = 0;
};

}  // namespace spantoll::tools
