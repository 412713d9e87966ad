#include "ingest/file_source.h"

#include <filesystem>
#include <fstream>
#include <string>
#include <sys/stat.h>
#include <tuple>
#include <vector>

#include <gtest/gtest.h>

namespace spantoll::ingest {
namespace {

namespace fs = std::filesystem;
using Seen = std::vector<std::tuple<PartitionIndex, int64_t, std::string>>;

// A literal with its zeros.
template <size_t kSize>
std::string bytes_of(const char (&literal)[kSize]) {
    return {literal, kSize - 1};
}

class FileSourceTest : public testing::Test {
  public:
    ~FileSourceTest() override { fs::remove_all(directory_); }

  protected:
    FileSourceTest()
        : directory_(testing::TempDir() + "file_source_test." +
                     testing::UnitTest::GetInstance()->current_test_info()->name()) {
        fs::remove_all(directory_);
        fs::create_directories(directory_);
    }
    std::string file(const std::string& name, const std::string& content) const {
        std::string path = directory_ + "/" + name;
        std::ofstream(path, std::ios::binary) << content;
        return path;
    }
    std::string directory_;
};

Seen read_all(FileSource& source, const PollLimits& limits) {
    Seen seen;
    for (int polls = 0; polls < 1000; ++polls) {
        const Result<RecordBatch> batch = source.poll(limits);
        EXPECT_TRUE(batch.has_value());
        for (const Record& record : batch->records) {
            EXPECT_EQ(record.append_ms, 0);
            EXPECT_EQ(record.timestamp_ms, 0);
            EXPECT_EQ(record.content_type(), "");
            seen.emplace_back(record.partition, record.offset, std::string(record.bytes));
        }
        if (batch->is_finished) {
            return seen;
        }
    }
    ADD_FAILURE() << "the source never ends";
    return seen;
}

TEST_F(FileSourceTest, GivesFileAfterFileAsPartitionsOfOneTopic) {
    const auto source = FileSource::open(
        {file("a.jsonl", "{1}\n{2}\n"), file("empty", ""), file("b.jsonl", "\n{3}")});
    ASSERT_TRUE(source.has_value()) << source.error().message;
    EXPECT_EQ((*source)->partitions(),
              (std::vector<TopicPartition>{{"file", 0}, {"file", 1}, {"file", 2}}));
    const Seen expected{{0, 0, "{1}"}, {0, 1, "{2}"}, {2, 1, "{3}"}};
    EXPECT_EQ(read_all(**source, {.records_max = 100, .bytes_max = 1000}), expected);
}

TEST_F(FileSourceTest, GivesTheSameRecordsInBatchesOfAnySize) {
    std::string content;
    for (int i = 0; i < 50; ++i) {
        content += "{" + std::to_string(i) + "}\n";
    }
    const std::vector<std::string> paths{file("a", content), file("b", content)};
    const auto at_once = FileSource::open(paths);
    const Seen expected = read_all(**at_once, {.records_max = 1000, .bytes_max = 1 << 20});
    EXPECT_EQ(expected.size(), 100U);
    for (const size_t records_max : {size_t{1}, size_t{7}, size_t{100}}) {
        const auto source = FileSource::open(paths);
        EXPECT_EQ(read_all(**source, {.records_max = records_max, .bytes_max = 1 << 20}), expected);
    }
    const auto by_bytes = FileSource::open(paths);
    const Result<RecordBatch> batch = (*by_bytes)->poll({.records_max = 1000, .bytes_max = 7});
    EXPECT_EQ(batch->records.size(), 3U);  // of 3 bytes each: over 7 with the third
}

TEST_F(FileSourceTest, SaysWhichPartitionsAreAtTheirEnd) {
    const auto source = FileSource::open({file("a", "{1}\n{2}\n\n"), file("b", "{3}\n")});
    const PollLimits one{.records_max = 1, .bytes_max = 1000};

    Result<RecordBatch> batch = (*source)->poll(one);
    EXPECT_FALSE(batch->partitions[0].is_at_end);
    EXPECT_EQ(batch->partitions[0].end_offset, -1);
    EXPECT_FALSE(batch->partitions[1].is_at_end);

    batch = (*source)->poll(one);
    EXPECT_TRUE(batch->partitions[0].is_at_end);
    EXPECT_EQ(batch->partitions[0].end_offset, 3);  // the blank line has its number
    EXPECT_FALSE(batch->partitions[1].is_at_end);
    EXPECT_FALSE(batch->is_finished);

    batch = (*source)->poll(one);
    EXPECT_TRUE(batch->partitions[1].is_at_end);
    EXPECT_TRUE(batch->is_finished);

    batch = (*source)->poll(one);
    EXPECT_TRUE(batch->records.empty());
    EXPECT_TRUE(batch->is_finished);
}

TEST_F(FileSourceTest, IsFinishedAtOnceWhereNothingIsInIt) {
    const auto source = FileSource::open({file("a", ""), file("b", "\n\n")});
    const Result<RecordBatch> batch = (*source)->poll({.records_max = 10, .bytes_max = 1000});
    EXPECT_TRUE(batch->records.empty());
    EXPECT_TRUE(batch->is_finished);
    EXPECT_TRUE(batch->partitions[1].is_at_end);
}

TEST_F(FileSourceTest, HandsOutARecordOverTheBoundWhole) {
    const std::string line = "{" + std::string(5u << 20, 'x') + "}";
    const auto source = FileSource::open({file("a", line + "\n{}\n")});
    const Result<RecordBatch> batch = (*source)->poll({.records_max = 1, .bytes_max = 1000});
    ASSERT_EQ(batch->records.size(), 1U);
    EXPECT_EQ(batch->records[0].bytes, line);
}

TEST_F(FileSourceTest, ReadsOnCorrectlyAfterGivingMemoryBack) {
    std::string content;
    const std::string filler(100'000, 'x');
    for (int i = 0; i < 500; ++i) {  // 50 MB, some steps of what is given back
        content += "{" + std::to_string(i) + filler + "}\n";
    }
    const auto source = FileSource::open({file("a", content)});
    int64_t offset = 0;
    Result<RecordBatch> batch;
    do {
        batch = (*source)->poll({.records_max = 3, .bytes_max = 1 << 20});
        for (const Record& record : batch->records) {
            ASSERT_EQ(record.offset, offset);
            ASSERT_EQ(record.bytes, "{" + std::to_string(offset) + filler + "}");
            ++offset;
        }
    } while (!batch->is_finished);
    EXPECT_EQ(offset, 500);
}

TEST_F(FileSourceTest, GivesNothingOfAPausedFile) {
    const auto source = FileSource::open({file("a", "{1}\n{2}\n")});
    const PollLimits one{.records_max = 1, .bytes_max = 1000};
    EXPECT_EQ((*source)->poll(one)->records.size(), 1U);
    (*source)->set_paused(0, true);
    EXPECT_TRUE((*source)->poll(one)->records.empty());
    EXPECT_FALSE((*source)->poll(one)->is_finished);
    (*source)->set_paused(0, false);
    EXPECT_EQ((*source)->poll(one)->records.size(), 1U);
}

TEST_F(FileSourceTest, RefusesAFileThatCannotBeCutBeforeAnythingIsGiven) {
    std::string content("\x08\0\0\0\x04\0\0\0SPB1", 12);
    content += std::string("\x09\0\0\0xyz", 7);
    const std::string good = file("good", "{1}\n");
    const std::string bad = file("bad", content);
    const auto source = FileSource::open({good, bad});
    ASSERT_FALSE(source.has_value());
    EXPECT_EQ(source.error().kind, ErrorKind::kInput);
    EXPECT_NE(source.error().message.find(bad + ": record 1 at byte 12 "), std::string::npos)
        << source.error().message;
}

TEST_F(FileSourceTest, NamesAFileThatIsWrittenInAnotherWay) {
    const auto refused = [&](const std::string& name, const std::string& content) {
        const auto source = FileSource::open({file(name, content)});
        return source ? "" : source.error().message;
    };
    EXPECT_TRUE(refused("a.jsonl", bytes_of("\xFF\xFE{\0\"\0"))
                    .ends_with("a.jsonl: is UTF-16: write UTF-8"));
    EXPECT_TRUE(
        refused("b.jsonl", bytes_of("\0{\0\"")).ends_with("b.jsonl: is UTF-16: write UTF-8"));
    EXPECT_TRUE(refused("c.gz", bytes_of("\x1F\x8B\x08\0\0\0"))
                    .ends_with("c.gz: is compressed with gzip: decompress it first"));
    EXPECT_TRUE(refused("e.jsonl", bytes_of("{\0\0\0\"\0\0\0a\0\0\0"))
                    .ends_with("e.jsonl: is UTF-32: write UTF-8"));
    EXPECT_TRUE(refused("f.jsonl", "{\"a\":1}\r{\"a\":2}\r")
                    .ends_with("f.jsonl: ends its lines with CR alone: end them with LF"));
    EXPECT_EQ(refused("d.jsonl", "\xEF\xBB\xBF{}\n"), "");
}

TEST_F(FileSourceTest, RefusesWhatIsNoFile) {
    const std::string pipe = directory_ + "/pipe";
    ASSERT_EQ(mkfifo(pipe.c_str(), 0600), 0);
    for (const std::string& path : {directory_ + "/absent", directory_, pipe}) {
        const auto source = FileSource::open({path});
        ASSERT_FALSE(source.has_value()) << path;
        EXPECT_EQ(source.error().kind, ErrorKind::kInput);
        EXPECT_TRUE(source.error().message.starts_with(path + ": ")) << source.error().message;
    }
}

}  // namespace
}  // namespace spantoll::ingest
