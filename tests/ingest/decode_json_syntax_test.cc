#include <gtest/gtest.h>

#include "ingest/decode/json.h"
#include "ingest/decode/json_syntax.h"
#include "ingest/limits.h"
#include "tests/tables/table_file.h"

namespace spantoll::ingest {
namespace {

// The decoder gave the document up as malformed, for whatever reason it says.
bool is_malformed(std::string_view json) {
    JsonDecoder decoder;
    DecodedRecord record;
    decoder.decode(json, record);
    return record.reason.starts_with("no JSON");
}

void expect_agreement(std::string_view json) {
    EXPECT_EQ(find_json_fault(json).has_value(), is_malformed(json)) << json;
}

// One reader of the grammar is ours and one is simdjson: they must draw the line in one place, or
// a record would be refused without a word.
TEST(JsonFault, IsFoundWhereTheDecoderGivesUpAndNowhereElse) {
    for (const char* table : {"refusals.txt", "messages.txt"}) {
        for (const tables::Row& row : tables::read_rows(table)) {
            const std::string& json = row.cells.at(1);
            expect_agreement(json);
            for (size_t i = 0; i < json.size(); ++i) {
                std::string changed = json;
                expect_agreement(changed.erase(i, 1));
                expect_agreement(json.substr(0, i));
                for (const char c :
                     {'"', '\\', ',', ':', '}', ']', '{', '[', '1', '\n', '\x1', '\xFF'}) {
                    changed = json;
                    changed[i] = c;
                    expect_agreement(changed);
                    changed = json;
                    expect_agreement(changed.insert(i, 1, c));
                }
            }
        }
    }
}

TEST(JsonFault, IsFoundAtTheBoundOfNesting) {
    for (const size_t depth : {kJsonDepthMax - 1, kJsonDepthMax, kJsonDepthMax + 1}) {
        expect_agreement(std::string(depth, '[') + std::string(depth, ']'));
        std::string objects;
        for (size_t i = 1; i < depth; ++i) {
            objects += "{\"a\":";
        }
        expect_agreement(objects + "{}" + std::string(depth - 1, '}'));
    }
    EXPECT_EQ(find_json_fault(std::string(kRecordBytesMax, '['))->at, kJsonDepthMax);
}

TEST(JsonFault, NamesTheLineWhereThereAreSeveral) {
    const auto sentence = [](std::string_view json) {
        return sentence_of(find_json_fault(json).value(), json);
    };
    EXPECT_TRUE(sentence("{]").starts_with("no JSON at byte 1: "));
    EXPECT_TRUE(sentence("\n{]").starts_with("no JSON at byte 2 (line 2, column 2): "));
    EXPECT_TRUE(sentence("{\n\"a\":1\n").starts_with("no JSON at byte 8 (line 3, column 1): "));
    EXPECT_TRUE(sentence("").starts_with("no JSON at byte 0: nothing stands in it"));
    EXPECT_LT(sentence("{\"a\":" + std::string(100'000, 'x') + "}").size(), 200u);
}

}  // namespace
}  // namespace spantoll::ingest
