#include "schemas/crc32c.h"

#include <string>

#include <gtest/gtest.h>

namespace spantoll {
namespace {

std::string bytes_from(int first, int step) {
    std::string bytes;
    for (int i = 0; i < 32; ++i) {
        bytes.push_back(static_cast<char>(first + i * step));
    }
    return bytes;
}

// RFC 3720, appendix B.4.
TEST(Crc32c, IsThatOfTheStandard) {
    EXPECT_EQ(crc32c(bytes_from(0, 0)), 0x8a9136aaU);
    EXPECT_EQ(crc32c(bytes_from(0xff, 0)), 0x62a8ab43U);
    EXPECT_EQ(crc32c(bytes_from(0, 1)), 0x46dd794eU);
    EXPECT_EQ(crc32c(bytes_from(31, -1)), 0x113fdb5cU);
    EXPECT_EQ(crc32c("123456789"), 0xe3069283U);
}

TEST(Crc32c, OfNothingIsZero) {
    EXPECT_EQ(crc32c(""), 0U);
    EXPECT_EQ(crc32c_by_table(""), 0U);
}

TEST(Crc32c, IsTheSameWithAndWithoutTheInstructionAtEveryLengthAndAlignment) {
    std::string bytes;
    for (int i = 0; i < 300; ++i) {
        bytes.push_back(static_cast<char>(i * 37 + i / 7));
    }
    for (size_t start = 0; start < 9; ++start) {
        for (size_t length = 0; start + length <= bytes.size(); ++length) {
            const auto part = std::string_view(bytes).substr(start, length);
            ASSERT_EQ(crc32c(part), crc32c_by_table(part)) << start << "+" << length;
        }
    }
}

}  // namespace
}  // namespace spantoll
