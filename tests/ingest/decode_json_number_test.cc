#include <utility>

#include <gtest/gtest.h>

#include "ingest/decode/json_number.h"

namespace spantoll::ingest {
namespace {

TEST(WholeNumber, IsReadHoweverItIsWritten) {
    const std::pair<const char*, Int128> rows[] = {
        {"5", 5},
        {"-5", -5},
        {"5.0", 5},
        {"5.000", 5},
        {"1e3", 1000},
        {"1E+3", 1000},
        {"-12.50e2", -1250},
        {"1200e-2", 12},
        {"0", 0},
        {"-0.0e-7", 0},
        {"0e99999", 0},
        {"0.005e3", 5},
        {"18446744073709551616", Int128{1} << 64},
        {"1e24", Int128{1'000'000'000'000} * 1'000'000'000'000},
    };
    for (const auto& [text, value] : rows) {
        const WholeNumber number = parse_whole(text);
        EXPECT_EQ(number.outcome, WholeOutcome::kOk) << text;
        EXPECT_EQ(number.value, value) << text;
    }
}

TEST(WholeNumber, IsNothingElse) {
    for (const char* text : {"",
                             "-",
                             "5.5",
                             "1e-1",
                             "0.5",
                             "5.",
                             ".5",
                             "05",
                             "+5",
                             "\"5\"",
                             "1e",
                             "1e+",
                             "1e--2",
                             "1e+-2",
                             "1e99",
                             "5 5",
                             "true",
                             "0x5",
                             "null",
                             "1.0e1.0",
                             "1e99999999999999999999",
                             "100000000000000000000000000000000000000000"}) {
        EXPECT_NE(parse_whole(text).outcome, WholeOutcome::kOk) << text;
    }
}

}  // namespace
}  // namespace spantoll::ingest
