#include <string>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "ingest/decode/json.h"
#include "ingest/decode/json_text.h"
#include "ingest/naming.h"

namespace spantoll::ingest {
namespace {

std::string unescaped(std::string_view written) {
    std::vector<uint8_t> out(written.size());
    const auto text = unescape_text(written, out.data());
    return text ? std::string(*text) : "refused";
}

std::string mended(std::string bytes) {
    replace_broken_bytes(bytes);
    return bytes;
}

TEST(UnescapeText, ReadsEveryEscapeOfJson) {
    EXPECT_EQ(unescaped(""), "");
    EXPECT_EQ(unescaped(R"(a\"\\\/\b\f\n\r\tz)"), "a\"\\/\b\f\n\r\tz");
    EXPECT_EQ(unescaped(R"(\u0041\u00e9\u20AC\ud83d\ude00\uDBFF\uDFFF)"),
              "A\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80\xF4\x8F\xBF\xBF");
    EXPECT_EQ(unescaped(R"(\u0000)"), std::string(1, '\0'));
    EXPECT_EQ(unescaped(R"(\u007f\u0080\u07ff\u0800\uffff)"),
              "\x7F\xC2\x80\xDF\xBF\xE0\xA0\x80\xEF\xBF\xBF");
}

TEST(UnescapeText, PutsOneByteThatNoGoodNameHoldsForEveryHalfOfAPair) {
    EXPECT_EQ(unescaped(R"(\ud83d)"), "\x7F");
    EXPECT_EQ(unescaped(R"(\ude00)"), "\x7F");
    EXPECT_EQ(unescaped(R"(\ude00\ud83d)"), "\x7F\x7F");
    EXPECT_EQ(unescaped(R"(\ud83d\ud83d\ude00)"), "\x7F\xF0\x9F\x98\x80");
    EXPECT_EQ(unescaped(R"(\ud83d\u0041)"),
              "\x7F"
              "A");
    EXPECT_EQ(unescaped(R"(\ud83d\n)"), "\x7F\n");
    EXPECT_EQ(unescaped(R"(\ud83dx)"), "\x7Fx");
    EXPECT_FALSE(is_good_name(unescaped(R"(a\ud83d)")));
}

TEST(UnescapeText, RefusesWhatIsNoEscape) {
    for (const char* written :
         {"\\", "\\x", "\\u", "\\u12", "\\u12g4", "\\ud83d\\u12", "\\ud83d\\", "\\U0041"}) {
        EXPECT_EQ(unescaped(written), "refused") << written;
    }
}

TEST(BrokenBytes, AreReplacedOneByOneAndNothingElse) {
    EXPECT_EQ(mended("plain \xC3\xA9 \xF0\x9F\x98\x80"), "plain \xC3\xA9 \xF0\x9F\x98\x80");
    EXPECT_EQ(mended("\x80"
                     "a\xFF"),
              "\x7F"
              "a\x7F");
    EXPECT_EQ(mended("\xC0\xAF\xED\xA0\x80\xF4\x90\x80\x80"), std::string(9, '\x7F'));
    EXPECT_EQ(mended("\xE2\x82"), "\x7F\x7F");
    EXPECT_EQ(mended("\xE2\xC3\xA9\"\xF0\x9F\x98\""), "\x7F\xC3\xA9\"\x7F\x7F\x7F\"");
    std::string sound = "\xC3\xA9";
    EXPECT_EQ(replace_broken_bytes(sound), 0u);
}

// What a record's only span is charged to as a team; empty where the record is refused.
std::string team_of(const std::string& text, const std::string& more = "") {
    JsonDecoder decoder;
    DecodedRecord record;
    decoder.decode(
        fmt::format(
            R"([{{"user":"before"}},{{"team":"{}"{}}},{{"user":"af\u0074er"}}])", text, more),
        record);
    if (record.spans.size() != 3) {
        return record.reason;
    }
    EXPECT_EQ(record.spans[0].dimension(Dimension::kUser), "before");
    EXPECT_EQ(record.spans[2].dimension(Dimension::kUser), "after");
    return account_value(Dimension::kTeam, record.spans[1].dimension(Dimension::kTeam));
}

TEST(BrokenText, IsNoNameAndLeavesAllOthersAsTheyAre) {
    for (const std::string broken :
         {R"(\ud83d)", R"(\udc00)", "\xFF", "\xED\xA0\x80", "\xE2\x82"}) {
        for (const std::string& text : {broken, "a" + broken, broken + "b", "\\u0041" + broken}) {
            EXPECT_EQ(team_of(text), "~invalid") << text;
            const std::string unknown = fmt::format(R"(,"unknown":"{}")", text);
            EXPECT_EQ(team_of("t", unknown), "t") << text;
            EXPECT_EQ(team_of("\\ud83d\\ude00", unknown), "\xF0\x9F\x98\x80") << text;
            EXPECT_EQ(team_of("t", fmt::format(R"(,"{0}":{{"{0}":["{0}"]}})", text)), "t") << text;
            EXPECT_EQ(
                team_of("t", fmt::format(R"(,"attributes":[{{"key":"{0}","value":"{0}"}}])", text)),
                "t")
                << text;
        }
    }
}

// As with FlatBuffers, what is judged is the normal form: what is cut away does not matter.
TEST(BrokenText, IsJudgedWhereItIsStillThereInTheNormalForm) {
    JsonDecoder decoder;
    DecodedRecord record;
    const auto value = [&](Dimension dimension, const std::string& text) {
        record.clear();
        decoder.decode("{\"" + std::string(name_of(dimension)) + "\":\"" + text + "\"}", record);
        return account_value(dimension, record.spans.at(0).dimension(dimension));
    };
    for (const std::string broken : {R"(\ud83d)", "\xFF"}) {
        EXPECT_EQ(value(Dimension::kDomain, "https://a.example/" + broken), "a.example");
        EXPECT_EQ(value(Dimension::kDomain, "https://a" + broken + ".example/"), "~invalid");
        EXPECT_EQ(value(Dimension::kOperation, "/a/" + broken), "~invalid");
        EXPECT_EQ(value(Dimension::kOperation, "/a/" + broken + std::string(32, 'x')), "%2Fa%2F*");
    }
}

}  // namespace
}  // namespace spantoll::ingest
