#include "ingest/foreign_encoding.h"

#include <string>

#include <gtest/gtest.h>

namespace spantoll::ingest {
namespace {

// A literal with its zeros.
template <size_t kSize>
std::string_view bytes_of(const char (&literal)[kSize]) {
    return {literal, kSize - 1};
}

// Zeros between the characters of ASCII, behind them ("little endian") or before them.
std::string utf16(std::string_view ascii, bool is_little, bool has_mark) {
    std::string bytes = !has_mark ? "" : is_little ? "\xFF\xFE" : "\xFE\xFF";
    for (const char c : ascii) {
        bytes.append(is_little ? std::string{c, '\0'} : std::string{'\0', c});
    }
    return bytes;
}

TEST(ForeignEncoding, Utf16IsToldInBothOrdersWithAndWithoutItsMark) {
    for (const bool is_little : {true, false}) {
        for (const bool has_mark : {true, false}) {
            for (const char* text : {"{\"team\"", "[{", "\r\n{", "time,cost", "\t{"}) {
                EXPECT_EQ(foreign_encoding(utf16(text, is_little, has_mark)),
                          "is UTF-16: write UTF-8")
                    << text;
            }
        }
    }
}

TEST(ForeignEncoding, Utf32IsToldInBothOrdersWithAndWithoutItsMark) {
    for (const bool is_little : {true, false}) {
        for (const bool has_mark : {true, false}) {
            for (const char* text : {"{\"team\"", "[{ ", "\r\n{", "time,cost", "\t{}"}) {
                std::string bytes = !has_mark   ? ""
                                    : is_little ? std::string("\xFF\xFE\0\0", 4)
                                                : std::string("\0\0\xFE\xFF", 4);
                for (const char c : std::string(text)) {
                    bytes.append(is_little ? std::string{c, '\0', '\0', '\0'}
                                           : std::string{'\0', '\0', '\0', c});
                }
                EXPECT_EQ(foreign_encoding(bytes), "is UTF-32: write UTF-8") << text;
            }
        }
    }
}

TEST(ForeignEncoding, LinesThatEndWithCrAloneAreTold) {
    for (const char* text : {"{\"a\":1}\r{\"a\":2}",
                             "{\"a\":1}\r{\"a\":2}\r",
                             "\xEF\xBB\xBF [1] \r\r {\"a\":2}\r",
                             "[{}]\r[{}]"}) {
        EXPECT_EQ(foreign_encoding(text), "ends its lines with CR alone: end them with LF") << text;
    }
    for (const char* text : {"{\"a\":1}\r",
                             "{\"a\":1}\r{\"a\":2}\n",
                             "{\"a\":1}\r\n{\"a\":2}",
                             "{\"a\":\r{}\r}",
                             "[{},\r{}",
                             "a}\r{b"}) {
        EXPECT_EQ(foreign_encoding(text), "") << text;
    }
}

TEST(ForeignEncoding, CompressedFilesAndArchivesAreNamed) {
    EXPECT_EQ(foreign_encoding(bytes_of("\x1F\x8B\x08\0")),
              "is compressed with gzip: decompress it first");
    EXPECT_EQ(foreign_encoding("\x28\xB5\x2F\xFD$"),
              "is compressed with zstd: decompress it first");
    EXPECT_EQ(foreign_encoding("\x04\x22\x4D\x18"), "is compressed with lz4: decompress it first");
    EXPECT_EQ(foreign_encoding("BZh91AY"), "is compressed with bzip2: decompress it first");
    EXPECT_EQ(foreign_encoding(bytes_of("\xFD\x37zXZ\0\0")),
              "is compressed with xz: decompress it first");
    EXPECT_TRUE(foreign_encoding("PK\x03\x04..").starts_with("is a zip archive"));
    EXPECT_TRUE(foreign_encoding("PAR1..").starts_with("is Parquet"));
}

TEST(ForeignEncoding, OfAnythingElseNothingIsSaid) {
    // Among them the beginnings of delimited protobuf messages of 12, 65,407 and 31 bytes.
    for (const std::string_view bytes : {bytes_of(""),
                                         bytes_of("{"),
                                         bytes_of("{\0"),
                                         bytes_of("{\0\""),
                                         bytes_of("{\"team\":1}"),
                                         bytes_of("\xEF\xBB\xBF{}"),
                                         bytes_of("\x0C\x0A\x0A\x01"),
                                         bytes_of("\xFF\xFE\x03\x0A"),
                                         bytes_of("\x1F\x0A\x1D\x0A"),
                                         bytes_of("\0\0\0\0"),
                                         bytes_of("{\0\0\0 \0\0\0SPB1"),
                                         bytes_of("\xFF\xFE\0\0"),
                                         bytes_of("PK"),
                                         bytes_of("\x1F\x8B"),
                                         bytes_of("\x08\0\0\0SPB1\0\0\0\0")}) {
        EXPECT_EQ(foreign_encoding(bytes), "") << bytes;
    }
}

TEST(ForeignEncoding, OneByteOrderMarkIsTakenAway) {
    EXPECT_EQ(without_byte_order_mark("\xEF\xBB\xBF{}"), "{}");
    EXPECT_EQ(without_byte_order_mark("\xEF\xBB\xBF\xEF\xBB\xBF{}"), "\xEF\xBB\xBF{}");
    EXPECT_EQ(without_byte_order_mark("\xEF\xBB{}"), "\xEF\xBB{}");
    EXPECT_EQ(without_byte_order_mark(""), "");
}

}  // namespace
}  // namespace spantoll::ingest
