#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "schemas/meter.h"
#include "tools/feed/feed_random.h"
#include "tools/feed/feed_scenario.h"

namespace spantoll::tools {
namespace {

// There are few models, as in the price list of a provider; the other dimensions share the
// remaining accounts.
constexpr size_t kModels = 200;
constexpr std::array kNamedDimensions{
    Dimension::kVirtualKey, Dimension::kTeam, Dimension::kCustomer, Dimension::kUser};
constexpr std::string_view kCacheReadTokens = "cache_read_tokens";

// The cost of a token of a model in pico-USD: these numbers times the number of the model, from 1.
// The price table of bench/usage.py has the same prices, so that spans with a cost cost as much as
// spans with usage.
constexpr int64_t kInputPico = 10'000;
constexpr int64_t kOutputPico = 40'000;
constexpr int64_t kCacheReadPico = 1'000;

// Calls of language models by many keys, for benchmarks: three usage meters a span, or the cost of
// exactly the same calls.
class UsageScenario final : public Scenario {
  public:
    UsageScenario(const ScenarioOptions& options, UsageGives gives)
        : seed_(options.seed),
          gives_(gives),
          models_(NamePool::numbered("model-", kModels), std::vector<double>(kModels, 1.0)) {
        const size_t others = options.accounts > kModels ? options.accounts - kModels : 0;
        const size_t each = std::max<size_t>(others / kNamedDimensions.size(), 1);
        for (const Dimension dimension : kNamedDimensions) {
            const std::string prefix = std::string(name_of(dimension)) + "-";
            pools_.push_back(NamePool::zipf(NamePool::numbered(prefix, each), options.zipf));
        }
    }

    void add(const FeedMoment& moment, FeedBatch& batch) override {
        FeedRandom random(seed_ ^ 0x757, moment.number);
        Span& span = batch.add().span;
        set_identity(seed_, moment.number, span);
        span.time_ms = moment.time_ms;
        for (size_t i = 0; i < kNamedDimensions.size(); ++i) {
            span.dimensions[static_cast<size_t>(kNamedDimensions[i])] = pools_[i].pick(random);
        }
        const size_t model = models_.pick_index(random);
        span.dimensions[static_cast<size_t>(Dimension::kModel)] = models_.at(model);
        span.status = random.below(100) == 0 ? Status::kError : Status::kOk;
        const uint64_t input = random.between(50, 1'200);
        const uint64_t output = random.between(10, 300);
        const uint64_t cache_read = random.between(1, 4'000);
        span.duration_us = 300'000 + output * 9'000;
        if (gives_ == UsageGives::kCost) {
            const Int128 per_model = Int128{input} * kInputPico + Int128{output} * kOutputPico +
                                     Int128{cache_read} * kCacheReadPico;
            span.cost = Money::from_pico(per_model * static_cast<int64_t>(model + 1));
            return;
        }
        batch.add_usage(kInputTokens, input);
        batch.add_usage(kOutputTokens, output);
        batch.add_usage(kCacheReadTokens, cache_read);
    }

  private:
    const uint64_t seed_;
    const UsageGives gives_;
    const NamePool models_;
    std::vector<NamePool> pools_;  // by kNamedDimensions
};

}  // namespace

std::unique_ptr<Scenario> make_usage_scenario(const ScenarioOptions& options, UsageGives gives) {
    return std::make_unique<UsageScenario>(options, gives);
}

}  // namespace spantoll::tools
