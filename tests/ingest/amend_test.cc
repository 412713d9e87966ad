#include "ingest/amend.h"

#include <limits>
#include <string>
#include <utility>

#include <gtest/gtest.h>

#include "ingest/provider_name.h"

namespace spantoll::ingest {
namespace {

std::pair<std::string, std::string> split(std::string_view provider, std::string_view model) {
    split_model(provider, model);
    return {std::string(provider), std::string(model)};
}
using Pair = std::pair<std::string, std::string>;

TEST(Provider, HasOneName) {
    EXPECT_EQ(known_provider("openai"), "openai");
    EXPECT_EQ(known_provider("AZ.AI.OpenAI"), "azure");
    EXPECT_EQ(known_provider("azure.ai.inference"), "azure_ai");
    EXPECT_EQ(known_provider("vertex_ai-chat-models"), "vertex_ai");
    EXPECT_EQ(known_provider("gcp.gen_ai"), "google");
    EXPECT_EQ(known_provider("vertex_ai-"), std::nullopt);
    EXPECT_EQ(known_provider("openai "), std::nullopt);
    EXPECT_EQ(known_provider(""), std::nullopt);
    EXPECT_TRUE(is_same_provider("Acme", "aCME"));
    EXPECT_TRUE(is_same_provider("bedrock_converse", "AWS.Bedrock"));
    EXPECT_FALSE(is_same_provider("azure", "azure_ai"));
    EXPECT_FALSE(is_same_provider("acme", "acm"));
}

TEST(Model, IsCutFromItsProviderOnce) {
    EXPECT_EQ(split("", "openai/gpt-4o"), Pair("openai", "gpt-4o"));
    EXPECT_EQ(split("", "GCP.Gemini/a/b"), Pair("gemini", "a/b"));
    EXPECT_EQ(split("OpenAI", "openai/gpt-4o"), Pair("OpenAI", "gpt-4o"));
    EXPECT_EQ(split("own", "Own/x"), Pair("own", "x"));
    for (const Pair& as_it_is : {Pair("azure", "openai/x"),
                                 Pair("", "own/x"),
                                 Pair("", "/x"),
                                 Pair("", "openai/"),
                                 Pair("", "openai"),
                                 Pair("openai", "/"),
                                 Pair("", "")}) {
        EXPECT_EQ(split(as_it_is.first, as_it_is.second), as_it_is);
    }
}

DecodedRecord at(int64_t time_ms) {
    DecodedRecord record;
    record.spans.emplace_back().time_ms = time_ms;
    return record;
}

TEST(Time, FromTheFutureIsTheAppendTimeOfARecordThatHasOne) {
    constexpr int64_t kAppendMs = 1'700'000'000'000;
    const auto amended = [](int64_t time_ms, int64_t append_ms, FutureRule rule) {
        DecodedRecord record = at(time_ms);
        amend(record, {.future = rule}, append_ms);
        return std::pair(record.spans[0].time_ms, record.spans[0].is_clamped);
    };
    EXPECT_EQ(amended(kAppendMs + 60'000, kAppendMs, FutureRule::kClamp),
              std::pair(kAppendMs + 60'000, false));
    EXPECT_EQ(amended(kAppendMs + 60'001, kAppendMs, FutureRule::kClamp),
              std::pair(kAppendMs, true));
    EXPECT_EQ(amended(kAppendMs + 60'001, kAppendMs, FutureRule::kRefuse),
              std::pair(kAppendMs + 60'001, false));
    EXPECT_EQ(amended(kAppendMs + 60'001, 0, FutureRule::kClamp),
              std::pair(kAppendMs + 60'001, false));
    // What is no time stays as it is.
    for (const int64_t none : {std::numeric_limits<int64_t>::min(),
                               std::numeric_limits<int64_t>::max(),
                               int64_t{10'000'000'000'000},
                               int64_t{0}}) {
        EXPECT_EQ(amended(none, kAppendMs, FutureRule::kClamp), std::pair(none, false));
    }
}

}  // namespace
}  // namespace spantoll::ingest
