#include "schemas/rfc3339.h"

#include <gtest/gtest.h>

namespace spantoll {
namespace {

TEST(Rfc3339, IsWrittenWithMilliseconds) {
    EXPECT_EQ(rfc3339(0), "1970-01-01T00:00:00.000Z");
    EXPECT_EQ(rfc3339(1700158623979), "2023-11-16T18:17:03.979Z");
    EXPECT_EQ(rfc3339(1709164800007), "2024-02-29T00:00:00.007Z");
    EXPECT_EQ(rfc3339(-1), "1969-12-31T23:59:59.999Z");
    EXPECT_EQ(rfc3339(253402300799999), "9999-12-31T23:59:59.999Z");
}

TEST(Rfc3339, IsReadBack) {
    for (int64_t ms = 0; ms < 253402300799999; ms += 86'400'000LL * 97 + 12'345'678) {
        EXPECT_EQ(parse_rfc3339(rfc3339(ms)), ms);
    }
}

// tests/tools/feed/time_text_test.cc has the forms that are read.
TEST(Rfc3339, EpochMillisecondsAreNotOne) {
    EXPECT_EQ(parse_rfc3339("1700158623979"), std::nullopt);
    EXPECT_EQ(parse_rfc3339(""), std::nullopt);
}

}  // namespace
}  // namespace spantoll
