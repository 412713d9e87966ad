#include "tools/checks/check_request.h"

#include <gtest/gtest.h>

namespace spantoll::tools {
namespace {

std::string fault_of(std::string_view body) {
    CheckRequest request;
    const Result<void> read = request.read(body);
    return read ? "none" : read.error().message;
}

TEST(CheckRequest, HasDimensionsAndAnEstimate) {
    CheckRequest request;
    ASSERT_TRUE(request.read(
        R"({"checks":[{"virtual_key":"vk1","model":"gpt-4o","estimate":{"usd":"0.02",)"
        R"("input_tokens":1200,"requests":1,"tokens":null}},{"team":"a","verbose":true}]})"));
    ASSERT_EQ(request.queries().size(), 2U);
    const CheckQuery& first = request.queries()[0];
    EXPECT_EQ(first.dimensions[static_cast<size_t>(Dimension::kVirtualKey)], "vk1");
    EXPECT_EQ(first.dimensions[static_cast<size_t>(Dimension::kModel)], "gpt-4o");
    ASSERT_TRUE(first.estimate);
    EXPECT_EQ(first.estimate->usd, Money::from_pico(20'000'000'000));
    EXPECT_EQ(first.estimate->requests, 1U);
    EXPECT_EQ(first.estimate->tokens, std::nullopt);
    ASSERT_EQ(first.estimate->usage.size(), 1U);
    EXPECT_EQ(first.estimate->usage[0].meter, "input_tokens");
    EXPECT_EQ(first.estimate->usage[0].quantity, 1200U);
    EXPECT_FALSE(first.is_verbose);
    EXPECT_FALSE(request.queries()[1].estimate);
    EXPECT_TRUE(request.queries()[1].is_verbose);
    ASSERT_TRUE(request.read(R"({"verbose":true,"checks":[{"team":"a","estimate":{}}]})"));
    ASSERT_EQ(request.queries().size(), 1U);
    EXPECT_TRUE(request.queries()[0].is_verbose);
    EXPECT_TRUE(request.queries()[0].estimate);
}

TEST(CheckRequest, SaysWhatIsWrongAndWhere) {
    EXPECT_EQ(fault_of(""), "The body is not JSON.");
    EXPECT_EQ(fault_of("{"), "The body is not JSON.");
    EXPECT_EQ(fault_of("[]"),
              R"(Write {"checks":[{"virtual_key":"vk1","estimate":{"usd":"0.02"}}]}.)");
    EXPECT_EQ(fault_of(R"({"checks":[]})"), "There is no check in checks.");
    EXPECT_EQ(fault_of(R"({"checks":[{"team":"a"}],"x":1})"),
              R"(The body has a member "x": there are checks and verbose.)");
    EXPECT_EQ(fault_of(R"({"checks":[{"team":"a"},7]})"),
              R"(checks[1] is not an object: write {"virtual_key":"vk1"}.)");
    EXPECT_EQ(fault_of(R"({"checks":[{}]})"),
              "checks[0] says nobody: write at least one dimension of a span, as "
              R"("virtual_key":"vk1".)");
    EXPECT_EQ(fault_of(R"({"checks":[{"teem":"a"}]})"),
              R"(checks[0] has a member "teem": there are the dimensions of a span, key_secret, )"
              "estimate and verbose.");
    EXPECT_EQ(fault_of(R"({"checks":[{"team":7}]})"), "checks[0].team is not a text.");
    EXPECT_EQ(fault_of(R"({"checks":[{"team":"a","verbose":1}]})"),
              "checks[0].verbose is not true or false.");
    EXPECT_EQ(fault_of(R"({"checks":[{"team":"a","estimate":{"usd":0.02}}]})"),
              R"(checks[0].estimate.usd is not US dollars: write a text such as "0.02".)");
    EXPECT_EQ(fault_of(R"({"checks":[{"team":"a","estimate":{"usd":"-1"}}]})"),
              R"(checks[0].estimate.usd is not US dollars: write a text such as "0.02".)");
    EXPECT_EQ(fault_of(R"({"checks":[{"team":"a","estimate":{"requests":-1}}]})"),
              "checks[0].estimate.requests is not a whole number from 0 to 1000000000000000.");
    EXPECT_EQ(fault_of(R"({"checks":[{"team":"a","estimate":{"requests":1.5}}]})"),
              "checks[0].estimate.requests is not a whole number from 0 to 1000000000000000.");
}

TEST(CheckRequest, HasAThousandChecksAtTheMost) {
    const auto body = [](size_t count) {
        std::string text = R"({"checks":[{"team":"a"})";
        for (size_t i = 1; i < count; ++i) {
            text += R"(,{"team":"a"})";
        }
        return text + "]}";
    };
    EXPECT_EQ(fault_of(body(1000)), "none");
    EXPECT_EQ(fault_of(body(1001)),
              "There are more than 1000 checks: send the rest in another call.");
}

}  // namespace
}  // namespace spantoll::tools
