#include <array>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "schemas/meter.h"
#include "tools/feed/feed_random.h"
#include "tools/feed/feed_scenario.h"

namespace spantoll::tools {
namespace {

struct ModelTraits {
    std::string_view provider;
    std::string_view name;
    double weight = 1;
};
constexpr std::array kModels{
    ModelTraits{"openai", "gpt-4o-mini", 45},
    ModelTraits{"openai", "gpt-4", 15},
    ModelTraits{"anthropic", "claude-3-5-sonnet", 30},
    ModelTraits{"mistral", "mistral-large", 10},
};
constexpr size_t kExpensiveModel = 1;

// A virtual key belongs to a team, and the team works for a customer.
struct KeyTraits {
    std::string_view key;
    std::string_view team;
    std::string_view customer;
    double weight = 1;
};
constexpr std::array kKeys{
    KeyTraits{"vk-search-web", "search", "internal", 25},
    KeyTraits{"vk-search-eval", "search", "internal", 8},
    KeyTraits{"vk-support-bot", "support", "acme", 20},
    KeyTraits{"vk-support-mail", "support", "globex", 12},
    KeyTraits{"vk-code-review", "platform", "internal", 10},
    KeyTraits{"vk-docs", "platform", "internal", 7},
    KeyTraits{"vk-translate", "growth", "initech", 10},
    KeyTraits{"vk-summaries", "growth", "umbrella", 8},
};
// A batch job with a bug: from here on it repeats its question again and again, each time with
// everything it knows.
constexpr KeyTraits kRunawayKey{"vk-nightly-import", "data", "internal"};
constexpr double kRunawayFrom = 0.6;
constexpr double kRunawayShare = 0.35;

constexpr double kStreamedShare = 0.4;
constexpr uint64_t kChunksMax = 4;
constexpr int64_t kChunkPauseMs = 150;

template <typename Traits, size_t kCount, typename Member>
NamePool pool_of(const std::array<Traits, kCount>& all, Member name) {
    std::vector<std::string> names;
    std::vector<double> weights;
    for (const Traits& traits : all) {
        names.emplace_back(traits.*name);
        weights.push_back(traits.weight);
    }
    return {std::move(names), weights};
}

// Calls of language models through a gateway: tokens without costs, which the price table prices.
class LlmScenario final : public Scenario {
  public:
    explicit LlmScenario(const ScenarioOptions& options)
        : seed_(options.seed),
          models_(pool_of(kModels, &ModelTraits::name)),
          keys_(pool_of(kKeys, &KeyTraits::key)),
          users_(NamePool::zipf(NamePool::numbered("user-", 300), 0.8)) {}

    void add(const FeedMoment& moment, FeedBatch& batch) override {
        FeedRandom random(seed_ ^ 0x117, moment.number);
        const bool runaway = moment.progress >= kRunawayFrom && random.chance(kRunawayShare);
        const KeyTraits& key = runaway ? kRunawayKey : kKeys[keys_.pick_index(random)];
        const ModelTraits& model = kModels[runaway ? kExpensiveModel : models_.pick_index(random)];

        Call call;
        Span& span = call.span;
        set_identity(seed_, moment.number, span);
        span.time_ms = moment.time_ms;
        set(span, Dimension::kService, "llm-gateway");
        set(span, Dimension::kOperation, "chat");
        set(span, Dimension::kProvider, model.provider);
        set(span, Dimension::kModel, model.name);
        set(span, Dimension::kVirtualKey, key.key);
        set(span, Dimension::kTeam, key.team);
        set(span, Dimension::kCustomer, key.customer);
        set(span, Dimension::kUser, users_.pick(random));
        span.status = random.chance(0.01) ? Status::kError : Status::kOk;
        call.request_id = batch.texts.keep(fmt::format("req-{:016x}", span.span_id));
        call.input_tokens = runaway ? random.between(4'000, 12'000) : random.between(50, 1'200);
        call.output_tokens = runaway ? random.between(500, 2'000) : random.between(10, 300);
        span.duration_us = 300'000 + call.output_tokens * 9'000;
        if (random.chance(kStreamedShare)) {
            add_stream(call, random.between(2, kChunksMax), batch);
        } else {
            add_span(call, call.output_tokens, batch);
        }
    }

  private:
    struct Call {
        Span span;
        std::string_view request_id;
        uint64_t input_tokens = 0;
        uint64_t output_tokens = 0;
    };

    static void set(Span& span, Dimension dimension, std::string_view value) {
        span.dimensions[static_cast<size_t>(dimension)] = value;
    }

    static void add_span(const Call& call, uint64_t output_tokens, FeedBatch& batch) {
        FeedSpan& added = batch.add();
        const uint32_t usage_begin = added.span.usage_begin;
        added.span = call.span;
        added.span.usage_begin = usage_begin;
        added.request_id = call.request_id;
        batch.add_usage(kInputTokens, call.input_tokens);
        batch.add_usage(kOutputTokens, output_tokens);
    }

    // Chunks with a running total, which is not charged, then the final one with the usage.
    static void add_stream(const Call& call, uint64_t chunks, FeedBatch& batch) {
        for (uint64_t i = 0; i < chunks; ++i) {
            Call chunk = call;
            const bool is_final = i + 1 == chunks;
            chunk.span.sequence = static_cast<uint32_t>(i);
            chunk.span.is_streaming = true;
            chunk.span.is_final_chunk = is_final;
            chunk.span.has_usage_data = is_final;
            chunk.span.time_ms -= static_cast<int64_t>(chunks - 1 - i) * kChunkPauseMs;
            add_span(chunk, call.output_tokens * (i + 1) / chunks, batch);
        }
    }

    const uint64_t seed_;
    const NamePool models_;
    const NamePool keys_;
    const NamePool users_;
};

}  // namespace

std::unique_ptr<Scenario> make_llm_scenario(const ScenarioOptions& options) {
    return std::make_unique<LlmScenario>(options);
}

}  // namespace spantoll::tools
