#include <array>

#include "tools/feed/feed_random.h"
#include "tools/feed/feed_scenario.h"

namespace spantoll::tools {
namespace {

constexpr double kFederationShare = 0.45;
constexpr double kServicesShare = 0.40;  // the rest are calls of models
constexpr double kLateShare = 0.01;
constexpr double kDuplicateShare = 0.005;
// These spans are late by more than the default lateness (10 s) and a pane.
constexpr uint64_t kLateMsMin = 75'000;
constexpr uint64_t kLateMsMax = 400'000;
// A duplicate repeats one of this many recent events.
constexpr uint64_t kRecentEvents = 512;
// Spans do not arrive in the order of their times.
constexpr uint64_t kDisorderMs = 1'500;

// One event in this many is broken, in each of these ways in turn.
constexpr uint64_t kBrokenEvery = 1'500;
enum class Breakage : uint8_t { kBadJson, kNoTime, kSeconds, kNegativeCost, kNoAccount };
constexpr uint64_t kBreakages = 5;

// The demonstration: federation, services and models together, with what goes wrong in practice:
// late spans, duplicates and broken records.
class MixedScenario final : public Scenario {
  public:
    explicit MixedScenario(const ScenarioOptions& options)
        : seed_(options.seed),
          federation_(make_federation_scenario(options)),
          services_(make_services_scenario(options)),
          llm_(make_llm_scenario(options)) {}

    void add(const FeedMoment& moment, FeedBatch& batch) override {
        FeedRandom random(seed_ ^ 0xd09, moment.number);
        FeedMoment sent = moment;
        if (moment.number >= kRecentEvents && random.chance(kDuplicateShare)) {
            sent = recent_[(moment.number - 1 - random.below(kRecentEvents)) % kRecentEvents];
        }
        recent_[moment.number % kRecentEvents] = sent;
        add_event(sent, batch);
        if (moment.number % kBrokenEvery == kBrokenEvery - 1) {
            break_event(static_cast<Breakage>(moment.number / kBrokenEvery % kBreakages), batch);
        }
    }

  private:
    void add_event(FeedMoment moment, FeedBatch& batch) {
        FeedRandom random(seed_ ^ 0x313, moment.number);
        moment.time_ms -= static_cast<int64_t>(random.below(kDisorderMs));
        if (random.chance(kLateShare)) {
            moment.time_ms -= static_cast<int64_t>(random.between(kLateMsMin, kLateMsMax));
        }
        if (random.chance(kFederationShare)) {
            federation_->add(moment, batch);
        } else if (random.chance(kServicesShare / (1 - kFederationShare))) {
            services_->add(moment, batch);
        } else {
            llm_->add(moment, batch);
        }
    }

    static void break_event(Breakage breakage, FeedBatch& batch) {
        Span& span = batch.spans.back().span;
        switch (breakage) {
            case Breakage::kBadJson:
                batch.broken_json = R"([{"time_ms": 1700000000000, "service": "legacy-exporter", )";
                break;
            case Breakage::kNoTime:
                span.time_ms = 0;
                break;
            case Breakage::kSeconds:
                span.time_ms /= 1000;
                break;
            case Breakage::kNegativeCost:
                span.cost = Money::from_pico(-1'000'000);
                break;
            case Breakage::kNoAccount:
                span.dimensions = {};
                break;
        }
    }

    const uint64_t seed_;
    const std::unique_ptr<Scenario> federation_;
    const std::unique_ptr<Scenario> services_;
    const std::unique_ptr<Scenario> llm_;
    std::array<FeedMoment, kRecentEvents> recent_{};  // what was sent, by number modulo its size
};

}  // namespace

std::unique_ptr<Scenario> make_mixed_scenario(const ScenarioOptions& options) {
    return std::make_unique<MixedScenario>(options);
}

}  // namespace spantoll::tools
