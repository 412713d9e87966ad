#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "tools/feed/feed_random.h"
#include "tools/feed/feed_scenario.h"

namespace spantoll::tools {
namespace {

// The peer whose traffic and cost grow until it sends most of what comes in.
constexpr std::string_view kNoisyDomain = "relay.flood.example";
// It sends videos, which go out to many followers.
constexpr uint64_t kVideoBytes = 500'000'000;
constexpr uint64_t kPictureBytes = 3'000'000;
constexpr double kNoisyShareAtBeginning = 0.01;
constexpr double kNoisyShareAtEnd = 0.35;

const std::vector<std::string>& peer_names() {
    static const std::vector<std::string> names{
        "mastodon.social",  "chirp.example",     "photos.example",  "birdsong.example",
        "video.example",    "tech.example",      "art.example",     "news.example",
        "garden.example",   "infosec.example",   "music.example",   "science.example",
        "cats.example",     "travel.example",    "cooking.example", "maps.example",
        "chess.example",    "books.example",     "climate.example", "theatre.example",
        "railways.example", "astronomy.example", "bücher.example",  "pixel.example",
        "knitting.example", "cycling.example",   "home.example",    "tiny.example",
    };
    return names;
}

constexpr std::array kActivities{
    "Create", "Announce", "Like", "Follow", "Update", "Delete", "Undo"};

// Activities from and to federated peers: many small ones, some with media, and one peer that gets
// ever louder.
class FederationScenario final : public Scenario {
  public:
    explicit FederationScenario(const ScenarioOptions& options)
        : seed_(options.seed),
          peers_(NamePool::zipf(peer_names(), 0.9)),
          activities_({kActivities.begin(), kActivities.end()}, {40, 20, 22, 6, 6, 3, 3}) {}

    void add(const FeedMoment& moment, FeedBatch& batch) override {
        FeedRandom random(seed_ ^ 0xfed, moment.number);
        Span& span = batch.add().span;
        set_identity(seed_, moment.number, span);
        span.time_ms = moment.time_ms;
        const double noisy_share =
            kNoisyShareAtBeginning +
            (kNoisyShareAtEnd - kNoisyShareAtBeginning) * moment.progress * moment.progress;
        const bool noisy = random.chance(noisy_share);
        const bool inbound = random.chance(noisy ? 0.95 : 0.7);
        set(span, Dimension::kDomain, noisy ? kNoisyDomain : peers_.pick(random));
        set(span, Dimension::kActivity, activities_.pick(random));
        set(span, Dimension::kService, inbound ? "inbox" : "delivery");
        set(span, Dimension::kOperation, inbound ? "POST /inbox" : "deliver");
        span.direction = inbound ? Direction::kInbound : Direction::kOutbound;
        span.duration_us = random.between(800, 30'000);
        span.status = random.chance(noisy ? 0.12 : 0.02) ? Status::kError : Status::kOk;
        span.ingress_bytes = random.between(400, 6'000);
        span.egress_bytes = random.between(200, 2'000);
        if (random.chance(noisy ? 0.5 : 0.08)) {  // media goes out to the followers
            span.egress_bytes += random.between(200'000, noisy ? kVideoBytes : kPictureBytes);
            span.duration_us += random.between(50'000, 400'000);
        }
        span.cost = compute_cost(span.duration_us, span.egress_bytes);
    }

  private:
    static void set(Span& span, Dimension dimension, std::string_view value) {
        span.dimensions[static_cast<size_t>(dimension)] = value;
    }

    const uint64_t seed_;
    const NamePool peers_;
    const NamePool activities_;
};

}  // namespace

std::unique_ptr<Scenario> make_federation_scenario(const ScenarioOptions& options) {
    return std::make_unique<FederationScenario>(options);
}

}  // namespace spantoll::tools
