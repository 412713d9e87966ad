#pragma once

#include <array>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <string>
#include <tuple>
#include <vector>

#include <gtest/gtest.h>

#include "ingest/decode/decoder.h"
#include "ingest/file_source.h"
#include "tools/feed/feed.h"

namespace spantoll::tools {

// A directory for each test, and what the processor makes of the files that feed wrote there.
class FeedTest : public testing::Test {
  protected:
    FeedTest()
        : directory_(testing::TempDir() + "feed_test." +
                     testing::UnitTest::GetInstance()->current_test_info()->name()) {
        std::filesystem::remove_all(directory_);
        std::filesystem::create_directories(directory_);
    }
    ~FeedTest() override { std::filesystem::remove_all(directory_); }

    std::string path(const std::string& name) const { return directory_ + "/" + name; }
    std::string file(const std::string& name, const std::string& content) const {
        std::ofstream(path(name), std::ios::binary) << content;
        return path(name);
    }
    static std::string content(const std::string& path) {
        std::ifstream in(path, std::ios::binary);
        return {std::istreambuf_iterator<char>(in), {}};
    }
    static FeedOptions mixed(const std::string& to) {
        FeedOptions options;
        options.scenario = "mixed";
        options.spans = 20'000;
        options.start = "2026-11-20T13:00:00Z";
        options.to = "file:" + to;
        options.quiet = true;
        return options;
    }

    std::string directory_;
};

// What the processor's own reader and decoder make of a file.
struct Decoded {
    size_t records = 0;
    size_t refused_records = 0;
    std::vector<Span> spans;                                           // their texts are gone
    std::vector<std::array<std::string, kDimensionCount>> dimensions;  // by span
    std::map<std::string, uint64_t> usage;                             // summed by meter
};

inline Decoded decode_file(const std::string& path) {
    Decoded all;
    auto source = ingest::FileSource::open({path});
    EXPECT_TRUE(source.has_value()) << source.error().message;
    ingest::Decoder decoder(Format::kAuto);
    ingest::DecodedRecord record;
    bool finished = !source.has_value();
    while (!finished) {
        const auto batch = (*source)->poll({.records_max = 100, .bytes_max = 1 << 20});
        for (const ingest::Record& from : batch->records) {
            decoder.decode(from.content_type(), from.bytes, record);
            ++all.records;
            all.refused_records += record.refused.has_value() ? 1 : 0;
            for (const Span& span : record.spans) {
                all.spans.push_back(span);
                auto& names = all.dimensions.emplace_back();
                for (size_t i = 0; i < kDimensionCount; ++i) {
                    names[i] = span.dimensions[i];
                }
                for (uint32_t i = 0; i < span.usage_count; ++i) {
                    const Usage& usage = record.usages[span.usage_begin + i];
                    all.usage[std::string(usage.meter)] += usage.quantity;
                }
            }
        }
        finished = batch->is_finished;
    }
    return all;
}

inline auto identity(const Span& span) {
    return std::tuple(span.trace_id, span.span_id, span.sequence, span.is_final_chunk);
}

}  // namespace spantoll::tools
