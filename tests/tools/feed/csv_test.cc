#include <sstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tools/feed/csv_reader.h"
#include "tools/feed/csv_text.h"

namespace spantoll::tools {
namespace {

using Fields = std::vector<std::string>;

struct Read {
    std::vector<Fields> rows;
    std::vector<uint64_t> lines;
    std::string error;
};

Read read(const std::string& text, char delimiter = ',') {
    std::istringstream in(text);
    CsvReader reader(in, "in.csv", delimiter);
    Read result;
    while (true) {
        CsvRow row;
        const Result<bool> is_row = reader.next(row);
        if (!is_row) {
            EXPECT_EQ(is_row.error().kind, ErrorKind::kInput);
            result.error = is_row.error().message;
            return result;
        }
        if (!*is_row) {
            return result;
        }
        result.rows.emplace_back(row.fields.begin(), row.fields.end());
        result.lines.push_back(row.line);
    }
}

struct Case {
    std::string text;
    std::vector<Fields> rows;
};

TEST(Csv, IsCutIntoFields) {
    const std::vector<Case> table{
        {"", {}},
        {"a", {{"a"}}},
        {"a,b\n", {{"a", "b"}}},
        {"a,b\r\nc,d\r\n", {{"a", "b"}, {"c", "d"}}},
        {"a,b\nc,d", {{"a", "b"}, {"c", "d"}}},
        {"a,,\n,\n", {{"a", "", ""}, {"", ""}}},
        {"\n\na\n\r\n\nb\n\n", {{"a"}, {"b"}}},
        {"\"a\",\"b,c\"\n", {{"a", "b,c"}}},
        {"\"a\"\r\n", {{"a"}}},
        {"\"a \"\"quoted\"\" word\"\n", {{"a \"quoted\" word"}}},
        {"\"two\nlines\",x\n", {{"two\nlines", "x"}}},
        {"\"two\r\nlines\",x\n", {{"two\r\nlines", "x"}}},
        {"\"\",\"\"\n", {{"", ""}}},
        {" a , b \n", {{" a ", " b "}}},
        {"\xef\xbb\xbfTIME,x\n", {{"TIME", "x"}}},
        {"caf\xc3\xa9,\xff\n", {{"caf\xc3\xa9", "\xff"}}},
        {"\xef\xbb\xbfh\n\xef\xbb\xbf"
         "a\n\xef\xbb\xbf\"b\"\n",
         {{"h"}, {"a"}, {"b"}}},
        {"\xef\xbb\xbf\xef\xbb\xbfh\n\xef\xbb\xbf\nx\n", {{"h"}, {"x"}}},
        {"h,i\na,\xef\xbb\xbf"
         "b\n",
         {{"h", "i"},
          {"a",
           "\xef\xbb\xbf"
           "b"}}},
        {"h\n\xef\xbb\xbf", {{"h"}}},
    };
    for (const Case& one : table) {
        const Read result = read(one.text);
        EXPECT_EQ(result.rows, one.rows) << one.text;
        EXPECT_EQ(result.error, "") << one.text;
    }
}

TEST(Csv, MayHaveAnotherDelimiter) {
    EXPECT_EQ(read("a;b,c\n", ';').rows, (std::vector<Fields>{{"a", "b,c"}}));
    EXPECT_EQ(read("a\t b\n", '\t').rows, (std::vector<Fields>{{"a", " b"}}));
}

TEST(Csv, KnowsTheLineThatEveryRowBeginsOn) {
    EXPECT_EQ(read("h\n\n\"two\nlines\"\nb\n\r\nc").lines, (std::vector<uint64_t>{1, 3, 5, 7}));
}

TEST(Csv, ThatIsNoneIsRefusedWithItsLine) {
    EXPECT_TRUE(read("a\nb\"c\n").error.starts_with("in.csv:2: a quote stands inside"))
        << read("a\nb\"c\n").error;
    EXPECT_TRUE(read("a\n\"b\"c\n").error.starts_with("in.csv:2: a quote stands inside"));
    EXPECT_TRUE(read("a\n\n\"b\nc\nd").error.starts_with("in.csv:3: a quote is opened"));
    EXPECT_EQ(read("a\nb\"c\n").rows, (std::vector<Fields>{{"a"}}));
}

TEST(Csv, MarksAtRowsAreFoundAcrossTheEndsOfWhatIsReadAtOnce) {
    for (size_t size = (64U << 10) - 8; size < (64U << 10) + 2; ++size) {
        const Read result = read(std::string(size, 'x') +
                                 "\n\xef\xbb\xbf"
                                 "a\n");
        ASSERT_EQ(result.rows.size(), 2U) << size;
        EXPECT_EQ(result.rows[1], Fields{"a"}) << size;
    }
}

struct Kind {
    std::string bytes;
    std::string says;
};

TEST(Csv, WhatIsSomethingElseIsNamed) {
    using std::string_literals::operator""s;
    const std::vector<Kind> table{
        {"\xff\xfet\0i\0,\0x\0\n\0"s, "in.csv: is UTF-16: write it as UTF-8"},
        {"\xff\xfe\0\0t\0\0\0,\0\0\0"s, "in.csv: is UTF-32: write it as UTF-8"},
        {"\0\0\xfe\xff\0\0\0t"s, "in.csv: is UTF-32: write it as UTF-8"},
        {"\xfe\xff\0t\0i\0,\0x\0\n"s, "in.csv: is UTF-16: write it as UTF-8"},
        {"t\0i\0,\0x\0\n\0"s, "in.csv: is UTF-16 (little-endian)"},
        {"\0t\0i\0,\0x\0\n"s, "in.csv: is UTF-16 (big-endian)"},
        {"\x1f\x8b\x08\0\0"s, "in.csv: is packed with gzip"},
        {"PK\x03\x04\x14\0"s, "in.csv: is a spreadsheet"},
        {"\xd0\xcf\x11\xe0\xa1"s, "in.csv: is an old spreadsheet"},
        {"PAR1\x15\0"s, "in.csv: is a Parquet file"},
        {"t,x\r1,2\r3,4\r"s, "in.csv: has lines that end with CR alone"},
        {"t,x\n1,\0\n"s, "in.csv: holds zero bytes"},
    };
    for (const Kind& kind : table) {
        const Read result = read(kind.bytes);
        EXPECT_TRUE(result.error.starts_with(kind.says)) << result.error;
        EXPECT_TRUE(result.rows.empty());
    }
}

TEST(CsvText, IsTrimmedOfWhatNobodySees) {
    EXPECT_EQ(trimmed("  a b\t"), "a b");
    EXPECT_EQ(trimmed("\u00a0\u3000INV-1\u200b\ufeff"), "INV-1");
    EXPECT_EQ(trimmed("\u202eabc\u200e"), "abc");
    EXPECT_EQ(trimmed("\u00e9\U0001F600"), "\u00e9\U0001F600");
    EXPECT_EQ(trimmed(" \u00a0 "), "");
    EXPECT_EQ(trimmed("\xff a \xa0"), "\xff a \xa0");
}

TEST(Csv, WithAQuoteThatIsNeverClosedEndsAtTheBound) {
    const std::string lines(kCsvRowBytesMax + 10, '\n');
    EXPECT_TRUE(
        read("a\n\"" + lines).error.starts_with("in.csv:2: the row that begins here is over"));
}

TEST(Csv, IsReadTheSameAcrossTheEndsOfWhatIsReadAtOnce) {
    std::string text;
    std::vector<Fields> rows;
    for (int i = 0; i < 20'000; ++i) {
        text += std::to_string(i) + ",\"x,\n\"\"" + std::to_string(i) + "\"\r\n";
        rows.push_back({std::to_string(i), "x,\n\"" + std::to_string(i)});
    }
    EXPECT_EQ(read(text).rows, rows);
}

}  // namespace
}  // namespace spantoll::tools
