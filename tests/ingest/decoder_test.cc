#include "ingest/decoder.h"

#include <gtest/gtest.h>

#include "ingest/limits.h"

namespace spantoll::ingest {
namespace {

// A SpanBatch by its identifier alone: enough to see who was asked to read it.
constexpr std::string_view kBatchBytes("\x08\0\0\0SPB1\0\0\0\0", 12);
constexpr std::string_view kJsonBytes = R"({"team":"t"})";

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
