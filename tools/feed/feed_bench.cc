#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "tools/feed/feed_random.h"
#include "tools/feed/feed_scenario.h"

namespace spantoll::tools {
namespace {

constexpr std::array kBenchDimensions{Dimension::kService,
                                      Dimension::kDomain,
                                      Dimension::kVirtualKey,
                                      Dimension::kTeam,
                                      Dimension::kCustomer};
constexpr size_t kAttributeValues = 64;

// The traffic of the benchmarks: five dimensions, with given costs and unique ids.
class BenchScenario final : public Scenario {
  public:
    explicit BenchScenario(const ScenarioOptions& options)
        : seed_(options.seed),
          attribute_keys_(NamePool::numbered("key", options.attributes)),
          attribute_values_(NamePool::numbered("value-of-an-attribute-", kAttributeValues)) {
        const size_t each = std::max<size_t>(options.accounts / kBenchDimensions.size(), 1);
        for (const Dimension dimension : kBenchDimensions) {
            const std::string prefix = std::string(name_of(dimension)) + "-";
            const std::string_view suffix = dimension == Dimension::kDomain ? ".example" : "";
            pools_.push_back(
                NamePool::zipf(NamePool::numbered(prefix, each, suffix), options.zipf));
        }
    }

    void add(const FeedMoment& moment, FeedBatch& batch) override {
        FeedRandom random(seed_, moment.number);
        FeedSpan& added = batch.add();
        Span& span = added.span;
        set_identity(seed_, moment.number, span);
        span.time_ms = moment.time_ms;
        for (size_t i = 0; i < kBenchDimensions.size(); ++i) {
            span.dimensions[static_cast<size_t>(kBenchDimensions[i])] = pools_[i].pick(random);
        }
        span.duration_us = random.between(100, 50'000);
        span.egress_bytes = random.between(100, 20'000);
        span.status = random.below(100) == 0 ? Status::kError : Status::kOk;
        span.cost = compute_cost(span.duration_us, span.egress_bytes);
        for (const std::string& key : attribute_keys_) {
            batch.add_attribute(key, attribute_values_[random.below(kAttributeValues)]);
        }
    }

  private:
    const uint64_t seed_;
    const std::vector<std::string> attribute_keys_;
    const std::vector<std::string> attribute_values_;
    std::vector<NamePool> pools_;  // by kBenchDimensions
};

}  // namespace

std::unique_ptr<Scenario> make_bench_scenario(const ScenarioOptions& options) {
    return std::make_unique<BenchScenario>(options);
}

}  // namespace spantoll::tools
