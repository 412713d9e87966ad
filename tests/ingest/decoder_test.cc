#include "ingest/decode/decoder.h"

#include <gtest/gtest.h>

#include "ingest/limits.h"

namespace spantoll::ingest {
namespace {

// A SpanBatch by its identifier alone: enough to see who was asked to read it.
constexpr std::string_view kBatchBytes("\x08\0\0\0SPB1\0\0\0\0", 12);
constexpr std::string_view kJsonBytes = R"({"team":"t"})";

// A literal with its zeros.
template <size_t kSize>
std::string_view bytes_of(const char (&literal)[kSize]) {
    return {literal, kSize - 1};
}

enum class Reader { kFlatBuffers, kJson, kNobody };

// Told by the sentence that the reader writes.
Reader reader_of(Format format, std::string_view content_type, std::string_view bytes) {
    Decoder decoder(format);
    DecodedRecord record;
    decoder.decode(content_type, bytes, record);
    if (!record.refused || record.reason.find("no JSON") != std::string::npos) {
        return Reader::kJson;
    }
    return record.reason.find("neither") == std::string::npos ? Reader::kFlatBuffers
                                                              : Reader::kNobody;
}

TEST(Decoder, TheContentTypeTellsTheFormat) {
    EXPECT_EQ(reader_of(Format::kAuto, "application/json", kBatchBytes), Reader::kJson);
    EXPECT_EQ(reader_of(Format::kAuto, "application/x-flatbuffers", kJsonBytes),
              Reader::kFlatBuffers);
    EXPECT_EQ(reader_of(Format::kAuto, "application/x-protobuf", kJsonBytes), Reader::kNobody);
    EXPECT_EQ(reader_of(Format::kAuto, " Application/JSON ; charset=utf-8", kBatchBytes),
              Reader::kJson);
}

TEST(Decoder, ElseTheBytesTellIt) {
    for (const char* content_type : {"", "application/octet-stream", ";"}) {
        EXPECT_EQ(reader_of(Format::kAuto, content_type, kBatchBytes), Reader::kFlatBuffers);
        EXPECT_EQ(reader_of(Format::kAuto, content_type, kJsonBytes), Reader::kJson);
        EXPECT_EQ(reader_of(Format::kAuto, content_type, " \t\r\n[{}]"), Reader::kJson);
        EXPECT_EQ(reader_of(Format::kAuto, content_type, "\x0a\x02xx"), Reader::kNobody);
        EXPECT_EQ(reader_of(Format::kAuto, content_type, ""), Reader::kNobody);
        EXPECT_EQ(reader_of(Format::kAuto, content_type, "   "), Reader::kNobody);
        EXPECT_EQ(reader_of(Format::kAuto, content_type, kBatchBytes.substr(0, 7)),
                  Reader::kNobody);
    }
}

TEST(Decoder, TheConfigurationOverridesBoth) {
    EXPECT_EQ(reader_of(Format::kJson, "application/x-flatbuffers", kBatchBytes), Reader::kJson);
    EXPECT_EQ(reader_of(Format::kFlatBuffers, "application/json", kJsonBytes),
              Reader::kFlatBuffers);
    EXPECT_EQ(reader_of(Format::kOtlp, "application/json", kJsonBytes), Reader::kNobody);
}

TEST(Decoder, ARecordOver4MiBIsTooLargeWhateverItHolds) {
    Decoder decoder(Format::kAuto);
    DecodedRecord record;
    std::string bytes(kRecordBytesMax + 1, 'x');
    decoder.decode("", bytes, record);
    EXPECT_EQ(record.refused, Refusal::kTooLarge);
    bytes.pop_back();
    decoder.decode("", bytes, record);
    EXPECT_EQ(record.refused, Refusal::kNotDecodable);
    bytes = R"({"team":"t"})" + std::string(kRecordBytesMax - kJsonBytes.size(), ' ');
    decoder.decode("", bytes, record);
    EXPECT_FALSE(record.refused);
}

TEST(Decoder, AByteOrderMarkBeforeJsonMakesNoDifference) {
    const std::string marked = "\xEF\xBB\xBF" + std::string(kJsonBytes);
    for (const char* content_type : {"", "application/json"}) {
        for (const std::string& bytes :
             {marked, "\xEF\xBB\xBF \n[" + std::string(kJsonBytes) + "]"}) {
            Decoder decoder(Format::kAuto);
            DecodedRecord record;
            decoder.decode(content_type, bytes, record);
            EXPECT_FALSE(record.refused) << record.reason;
            ASSERT_EQ(record.spans.size(), 1u);
            EXPECT_EQ(record.spans[0].dimension(Dimension::kTeam), "t");
        }
        // Only one, and only at the beginning.
        EXPECT_EQ(reader_of(Format::kAuto, content_type, "\xEF\xBB\xBF"),
                  *content_type == '\0' ? Reader::kNobody : Reader::kJson);
    }
    Decoder decoder(Format::kJson);
    DecodedRecord record;
    decoder.decode("", "\xEF\xBB\xBF" + marked, record);
    EXPECT_EQ(record.refused, Refusal::kNotDecodable);
}

TEST(Decoder, SaysWhatARecordIsThatIsWrittenInAnotherWay) {
    for (const Format format : {Format::kAuto, Format::kJson, Format::kFlatBuffers}) {
        Decoder decoder(format);
        DecodedRecord record;
        decoder.decode("", bytes_of("{\0\"\0t\0\"\0:\0001\0}\0"), record);
        EXPECT_EQ(record.refused, Refusal::kNotDecodable);
        EXPECT_EQ(record.reason, "the record is UTF-16: write UTF-8");
        decoder.decode("", bytes_of("\xFE\xFF\0[\0]"), record);
        EXPECT_EQ(record.reason, "the record is UTF-16: write UTF-8");
        decoder.decode("", bytes_of("\x1F\x8B\x08\0\0\0\0"), record);
        EXPECT_EQ(record.reason, "the record is compressed with gzip: decompress it first");
        decoder.decode("", bytes_of("\xFF\xFE\0\0[\0\0\0]\0\0\0"), record);
        EXPECT_EQ(record.reason, "the record is UTF-32: write UTF-8");
        decoder.decode("", "{\"team\":\"a\"}\r{\"team\":\"b\"}\r", record);
        EXPECT_EQ(record.refused, Refusal::kNotDecodable);
        EXPECT_EQ(record.reason, "the record ends its lines with CR alone: end them with LF");
    }
}

TEST(Decoder, AReasonIsOneSentence) {
    Decoder decoder(Format::kAuto);
    DecodedRecord record;
    for (const char* bytes : {"", "x", "{", "[]", "[1", "{\"resourceSpans\":[]}"}) {
        decoder.decode("", bytes, record);
        EXPECT_EQ(record.refused, Refusal::kNotDecodable) << bytes;
        EXPECT_FALSE(record.reason.empty()) << bytes;
    }
}

}  // namespace
}  // namespace spantoll::ingest
