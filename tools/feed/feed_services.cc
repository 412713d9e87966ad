#include <array>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "tools/feed/feed_random.h"
#include "tools/feed/feed_scenario.h"

namespace spantoll::tools {
namespace {

// A service that answers requests: its operations, how long it works, how often it fails.
struct ServiceTraits {
    std::string_view name;
    std::string_view path;  // {} stands for an identifier
    uint64_t work_us = 0;
    uint64_t answer_bytes = 0;
};

constexpr std::array kServices{
    ServiceTraits{"web", "/@{}/posts/{}", 12'000, 48'000},
    ServiceTraits{"timeline", "/api/v2/timelines/home", 9'000, 22'000},
    ServiceTraits{"search", "/api/v2/search", 35'000, 9'000},
    ServiceTraits{"payment", "/api/v1/customers/{}/charges", 60'000, 1'200},
    ServiceTraits{"media-proxy", "/media/{}", 20'000, 400'000},
    ServiceTraits{"notifications", "/api/v1/users/{}/notifications", 4'000, 3'000},
};
// Functions billed by invocation and memory, whose spans have no cost.
constexpr std::array kFunctions{
    ServiceTraits{"thumbnailer", "resize", 180'000, 90'000},
    ServiceTraits{"webhook-relay", "relay", 40'000, 2'000},
    ServiceTraits{"export", "export", 2'500'000, 900'000},
};
constexpr std::array<uint64_t, 3> kFunctionMegabytes{512, 128, 1024};
constexpr std::array<std::string_view, 3> kRegions{"eu-central-1", "us-east-1", "ap-south-1"};
constexpr double kFunctionShare = 0.25;
// Halfway through, a deployment brings a revision that fails more often.
constexpr double kDeploymentAt = 0.5;
constexpr std::string_view kFirstCommit = "4f1c9ab";
constexpr std::string_view kSecondCommit = "d20e7f3";

// Requests to services and invocations of functions, for customers in several regions.
class ServicesScenario final : public Scenario {
  public:
    explicit ServicesScenario(const ScenarioOptions& options)
        : seed_(options.seed),
          services_(names_of(kServices), {30, 25, 12, 6, 17, 10}),
          functions_(names_of(kFunctions), {50, 45, 5}),
          customers_(NamePool::zipf(NamePool::numbered("customer-", 60), 1.0)) {}

    void add(const FeedMoment& moment, FeedBatch& batch) override {
        FeedRandom random(seed_ ^ 0x5e7, moment.number);
        Span& span = batch.add().span;
        set_identity(seed_, moment.number, span);
        span.time_ms = moment.time_ms;
        const bool is_new = moment.progress >= kDeploymentAt;
        set(span, Dimension::kCommit, is_new ? kSecondCommit : kFirstCommit);
        set(span, Dimension::kRegion, kRegions[random.below(kRegions.size())]);
        span.status = random.chance(is_new ? 0.04 : 0.01) ? Status::kError : Status::kOk;
        if (random.chance(kFunctionShare)) {
            add_invocation(random, batch);
        } else {
            add_request(random, batch);
        }
    }

  private:
    template <size_t kCount>
    static std::vector<std::string> names_of(const std::array<ServiceTraits, kCount>& services) {
        std::vector<std::string> names;
        names.reserve(kCount);
        for (const ServiceTraits& service : services) {
            names.emplace_back(service.name);
        }
        return names;
    }
    static void set(Span& span, Dimension dimension, std::string_view value) {
        span.dimensions[static_cast<size_t>(dimension)] = value;
    }

    void add_request(FeedRandom& random, FeedBatch& batch) const {
        Span& span = batch.spans.back().span;
        const ServiceTraits& service = kServices[services_.pick_index(random)];
        set(span, Dimension::kService, service.name);
        set(span, Dimension::kOperation, batch.texts.keep(with_identifiers(service.path, random)));
        if (random.chance(0.7)) {
            set(span, Dimension::kCustomer, customers_.pick(random));
        }
        span.duration_us = random.between(service.work_us / 3, service.work_us * 3);
        span.ingress_bytes = random.between(200, 2'000);
        span.egress_bytes = random.between(service.answer_bytes / 4, service.answer_bytes * 2);
        span.cost = compute_cost(span.duration_us, span.egress_bytes);
    }

    void add_invocation(FeedRandom& random, FeedBatch& batch) const {
        Span& span = batch.spans.back().span;
        const size_t index = functions_.pick_index(random);
        const ServiceTraits& function = kFunctions[index];
        set(span, Dimension::kService, function.name);
        set(span, Dimension::kOperation, function.path);
        span.duration_us = random.between(function.work_us / 2, function.work_us * 2);
        span.egress_bytes = random.between(function.answer_bytes / 2, function.answer_bytes * 2);
        batch.add_usage("lambda_requests", 1);
        batch.add_usage("lambda_mb_ms", kFunctionMegabytes[index] * span.duration_us / 1000);
        batch.add_usage("s3_requests", random.between(1, 6));
    }

    static std::string with_identifiers(std::string_view path, FeedRandom& random) {
        std::string text;
        for (size_t i = 0; i < path.size(); ++i) {
            if (path.substr(i, 2) == "{}") {
                text += fmt::format("{}", random.between(10'000, 99'999));
                ++i;
            } else {
                text += path[i];
            }
        }
        return text;
    }

    const uint64_t seed_;
    const NamePool services_;
    const NamePool functions_;
    const NamePool customers_;
};

}  // namespace

std::unique_ptr<Scenario> make_services_scenario(const ScenarioOptions& options) {
    return std::make_unique<ServicesScenario>(options);
}

}  // namespace spantoll::tools
