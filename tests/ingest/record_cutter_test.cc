#include "ingest/record_cutter.h"

#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace spantoll::ingest {
namespace {

using Records = std::vector<std::pair<int64_t, std::string>>;

struct Cut {
    Records records;
    std::string error;
};

Cut cut(std::string_view content, FileFormat format) {
    Cut result;
    RecordCutter cutter(content, format);
    while (true) {
        const auto record = cutter.next();
        if (!record) {
            result.error = record.error();
            return result;
        }
        if (!*record) {
            return result;
        }
        result.records.emplace_back((*record)->offset, std::string((*record)->bytes));
    }
}

std::string bytes(std::initializer_list<int> values) {
    std::string text;
    for (const int value : values) {
        text.push_back(static_cast<char>(value));
    }
    return text;
}

TEST(TellFormat, KnowsAFileByItsBeginning) {
    const std::string flatbuffers = bytes({24, 0, 0, 0, 12, 0, 0, 0}) + "SPB1 and more";
    // A message of 300 bytes whose first field is a message of 296 bytes.
    const std::string delimited = bytes({0xac, 0x02, 0x0a, 0xa8, 0x02, 0x12, 0x01});
    const std::vector<std::pair<std::string, FileFormat>> table{
        {flatbuffers, FileFormat::kSizePrefixed},
        {"{\"time_ms\":1}\n", FileFormat::kJsonLines},
        {" \t\r\n [", FileFormat::kJsonLines},
        {"no JSON, but text\n", FileFormat::kJsonLines},
        {"\xc3\xa9t\xc3\xa9", FileFormat::kJsonLines},
        {"", FileFormat::kJsonLines},
        {"\n\n", FileFormat::kJsonLines},
        {"\xef\xbb\xbf{\"time_ms\":1}\n\x01", FileFormat::kJsonLines},
        {"\xef\xbb\xbf\r\n[\x01", FileFormat::kJsonLines},
        // A varint of four bytes: 2,088,431 bytes follow.
        {bytes({0xef, 0xbb, 0xbf, 0x01, 0x0a, 0x02}), FileFormat::kLengthDelimited},
        {delimited, FileFormat::kLengthDelimited},
        {std::string(12, '\0'), FileFormat::kLengthDelimited},
    };
    for (const auto& [content, format] : table) {
        EXPECT_EQ(tell_format(content), format) << content;
    }
}

TEST(JsonLines, NumberEveryLineAndGiveTheOnesThatHoldSomething) {
    const Cut result = cut("{1}\r\n\n \t\r\n{4}\nx\n\n{7}", FileFormat::kJsonLines);
    EXPECT_EQ(result.records, (Records{{0, "{1}"}, {3, "{4}"}, {4, "x"}, {6, "{7}"}}));
    EXPECT_EQ(result.error, "");
}

TEST(JsonLines, OfAnEmptyFileAreNone) {
    EXPECT_TRUE(cut("", FileFormat::kJsonLines).records.empty());
    EXPECT_TRUE(cut("\n\r\n", FileFormat::kJsonLines).records.empty());
}

TEST(JsonLines, WithNothingButAByteOrderMarkAreBlank) {
    const std::string mark = "\xef\xbb\xbf";
    EXPECT_EQ(cut(mark + "{0}\n" + mark + "\r\n" + mark, FileFormat::kJsonLines).records,
              (Records{{0, mark + "{0}"}}));
}

TEST(JsonLines, KeepBytesThatAreNoText) {
    const std::string line = bytes({'{', 0, 0xff, '}'});
    EXPECT_EQ(cut(line + "\n", FileFormat::kJsonLines).records, (Records{{0, line}}));
}

TEST(SizePrefixedRecords, AreCutByTheirSize) {
    const std::string content =
        bytes({3, 0, 0, 0}) + "abc" + bytes({0, 0, 0, 0}) + bytes({1, 0, 0, 0}) + "d";
    EXPECT_EQ(cut(content, FileFormat::kSizePrefixed).records,
              (Records{{0, "abc"}, {1, ""}, {2, "d"}}));
}

TEST(SizePrefixedRecords, ThatAreCutOffAreToldWithTheirPosition) {
    const std::string whole = bytes({3, 0, 0, 0}) + "abc";
    const Cut in_prefix = cut(whole + bytes({3, 0}), FileFormat::kSizePrefixed);
    EXPECT_EQ(in_prefix.records.size(), 1U);
    EXPECT_NE(in_prefix.error.find("record 1 at byte 7 "), std::string::npos) << in_prefix.error;
    const Cut in_bytes = cut(whole + bytes({3, 0, 0, 0}) + "ab", FileFormat::kSizePrefixed);
    EXPECT_NE(in_bytes.error.find("record 1 at byte 7 should have 3 bytes, but only 2"),
              std::string::npos)
        << in_bytes.error;
    const Cut huge = cut(bytes({0xff, 0xff, 0xff, 0xff}), FileFormat::kSizePrefixed);
    EXPECT_NE(huge.error.find("4294967295 bytes"), std::string::npos) << huge.error;
}

TEST(LengthDelimitedRecords, AreCutByTheirVarint) {
    const std::string long_one(300, 'x');
    const std::string content = bytes({1}) + "a" + bytes({0xac, 0x02}) + long_one + bytes({0});
    EXPECT_EQ(cut(content, FileFormat::kLengthDelimited).records,
              (Records{{0, "a"}, {1, long_one}, {2, ""}}));
}

TEST(LengthDelimitedRecords, ThatCannotBeCutAreToldWithTheirPosition) {
    EXPECT_NE(cut(bytes({1, 'a', 0x80}), FileFormat::kLengthDelimited).error.find("at byte 2 "),
              std::string::npos);
    // Eleven bytes that all go on are no varint; the largest varint must not wrap around.
    EXPECT_NE(cut(std::string(11, '\xff'), FileFormat::kLengthDelimited).error, "");
    EXPECT_NE(cut(std::string(9, '\xff') + '\x01', FileFormat::kLengthDelimited).error, "");
}

}  // namespace
}  // namespace spantoll::ingest
