// Bits of a write-ahead log are flipped and its files are cut short and deleted, one place at a
// time: the topic refuses to lose what it has answered, the state goes back to a commit.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "store/topic/log.h"
#include "store/wal/check.h"
#include "tests/store/state_database.h"
#include "tests/store/store_fixture.h"

namespace spantoll::store {
namespace {

// Files of the WAL with something in them, oldest first.
std::vector<std::string> wals_of(const std::string& directory) {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(directory)) {
        if (entry.path().extension() == ".log" && entry.file_size() > 0) {
            names.push_back(entry.path());
        }
    }
    std::sort(names.begin(), names.end());
    return names;
}

std::string bytes_of(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

void write_bytes(const std::string& path, const std::string& bytes) {
    std::ofstream(path, std::ios::binary) << bytes;
}

void flip(const std::string& path, size_t byte, unsigned bit) {
    std::string bytes = bytes_of(path);
    bytes[byte] = static_cast<char>(static_cast<unsigned char>(bytes[byte]) ^ (1U << bit));
    write_bytes(path, bytes);
}

// Every byte of the first heads, and some of all.
std::vector<size_t> places_in(size_t size) {
    constexpr size_t kFirst = 40;
    constexpr size_t kMore = 30;
    std::vector<size_t> places;
    for (size_t i = 0; i < std::min(kFirst, size); ++i) {
        places.push_back(i);
    }
    for (size_t i = kFirst; i < size; i += 1 + size / kMore) {
        places.push_back(i);
    }
    return places;
}

class TopicDamageTest : public testing::Test {
  protected:
    // Small ones, of which many share a block, and some that take several.
    void SetUp() override {
        TopicLogOptions options;
        options.directory = live_.path();
        const Result<std::unique_ptr<TopicLog>> log = TopicLog::open(options);
        ASSERT_TRUE(log) << log.error().message;
        for (size_t i = 0; i < 12; ++i) {
            records_.push_back(std::string(i % 4 == 3 ? 40'000 : 50 + i, char('a' + i)));
            ASSERT_TRUE((*log)->append({{"", records_.back()}}, 1));
        }
        copy_as_killed(live_.path(), whole_.path());
        wal_ = std::filesystem::path(wals_of(whole_.path() + "/topic").back()).filename();
    }

    void make_whole() { copy_as_killed(whole_.path(), directory_.path()); }
    std::string wal() const { return directory_.path() + "/topic/" + wal_; }

    Result<std::unique_ptr<TopicLog>> open(TopicDamage damage, bool read_only = false) {
        TopicLogOptions options;
        options.directory = directory_.path();
        options.create_if_missing = false;
        options.damage = damage;
        options.read_only = read_only;
        return TopicLog::open(options);
    }

    // Offsets of the records that are there; they must be what was appended.
    std::vector<int64_t> offsets_in(TopicLog& log) {
        std::vector<int64_t> offsets;
        const auto read = log.read(0, 100, 1 << 30, 0);
        EXPECT_TRUE(read);
        for (const LogRecord& record : read.value_or(std::vector<LogRecord>())) {
            EXPECT_EQ(record.bytes, records_.at(static_cast<size_t>(record.offset)));
            offsets.push_back(record.offset);
        }
        return offsets;
    }

    void expect_refused(bool read_only) {
        const auto log = open(TopicDamage::kRefused, read_only);
        if (log) {
            EXPECT_EQ(offsets_in(**log).size(), records_.size());
            return;
        }
        EXPECT_EQ(log.error().kind, ErrorKind::kDisk);
        EXPECT_NE(log.error().message.find(wal_ + " is damaged at byte"), std::string::npos)
            << log.error().message;
        EXPECT_NE(log.error().message.find("--accept-gap"), std::string::npos);
    }

    TemporaryDirectory live_;
    TemporaryDirectory whole_;
    TemporaryDirectory directory_;
    std::string wal_;
    std::vector<std::string> records_;
};

TEST_F(TopicDamageTest, AFlippedBitIsRefusedOrHarmless) {
    const size_t size = bytes_of(whole_.path() + "/topic/" + wal_).size();
    size_t refused = 0;
    for (const size_t place : places_in(size)) {
        SCOPED_TRACE(place);
        make_whole();
        flip(wal(), place, place % 8);
        expect_refused(true);
        expect_refused(false);
        refused += open(TopicDamage::kRefused) ? 0 : 1;
    }
    EXPECT_GT(refused, 50U);
}

TEST_F(TopicDamageTest, AnAcceptedGapKeepsWhatCanBeRead) {
    const size_t size = bytes_of(whole_.path() + "/topic/" + wal_).size();
    for (const size_t place : places_in(size)) {
        SCOPED_TRACE(place);
        make_whole();
        flip(wal(), place, 7 - place % 8);
        std::vector<int64_t> kept;
        {
            const auto log = open(TopicDamage::kAccepted);
            ASSERT_TRUE(log) << log.error().message;
            kept = offsets_in(**log);
            EXPECT_EQ((*log)->accepted_damage().empty(), kept.size() == records_.size());
            // At most those of one block, or one that lies in several.
            EXPECT_GE(kept.size(), records_.size() - 4);
        }
        // From then on it is whole.
        const auto log = open(TopicDamage::kRefused);
        ASSERT_TRUE(log) << log.error().message;
        EXPECT_EQ(offsets_in(**log), kept);
        const auto appended = (*log)->append({{"", "more"}}, 2);
        ASSERT_TRUE(appended);
        EXPECT_EQ(appended->first_offset, kept.back() + 1);
    }
}

TEST_F(TopicDamageTest, ATornEndIsLeftOut) {
    const std::string bytes = bytes_of(whole_.path() + "/topic/" + wal_);
    for (size_t size = 0; size < bytes.size(); size += 1 + bytes.size() / 60) {
        SCOPED_TRACE(size);
        make_whole();
        write_bytes(wal(), bytes.substr(0, size));
        const auto log = open(TopicDamage::kRefused);
        ASSERT_TRUE(log) << log.error().message;
        const std::vector<int64_t> offsets = offsets_in(**log);
        EXPECT_EQ((*log)->end_offset(), static_cast<int64_t>(offsets.size()));
        EXPECT_TRUE((*log)->accepted_damage().empty());
    }
}

// Killed in its first write, then started, and killed again before a flush removed that file.
TEST_F(TopicDamageTest, WhatFollowsATornEndIsKept) {
    const std::string bytes = bytes_of(whole_.path() + "/topic/" + wal_);
    const std::vector<std::string> all = records_;
    for (const size_t size : {size_t{5}, size_t{20}, size_t{40}, size_t{200}, bytes.size() - 1}) {
        SCOPED_TRACE(size);
        make_whole();
        write_bytes(wal(), bytes.substr(0, size));
        const TemporaryDirectory killed;
        {
            const auto log = open(TopicDamage::kRefused);
            ASSERT_TRUE(log) << log.error().message;
            records_ = all;
            records_.resize(offsets_in(**log).size());
            records_.emplace_back("answered");
            ASSERT_TRUE((*log)->append({{"", records_.back()}}, 2));
            copy_as_killed(directory_.path(), killed.path());
        }
        copy_as_killed(killed.path(), directory_.path());
        const auto log = open(TopicDamage::kRefused);
        ASSERT_TRUE(log) << log.error().message;
        EXPECT_EQ(offsets_in(**log).size(), records_.size());
    }
}

TEST_F(TopicDamageTest, RoomThatWasNeverWrittenIsNoDamage) {
    make_whole();
    write_bytes(wal(), bytes_of(wal()) + std::string(100'000, '\0'));
    const auto log = open(TopicDamage::kRefused);
    ASSERT_TRUE(log) << log.error().message;
    EXPECT_EQ(offsets_in(**log).size(), records_.size());
}

TEST_F(TopicDamageTest, TheNewestFileIsMissed) {
    make_whole();
    for (const auto& entry : std::filesystem::directory_iterator(directory_.path() + "/topic")) {
        if (entry.path().extension() == ".log") {
            std::filesystem::remove(entry.path());
        }
    }
    for (const bool read_only : {true, false}) {
        const auto log = open(TopicDamage::kRefused, read_only);
        ASSERT_FALSE(log);
        EXPECT_EQ(log.error().kind, ErrorKind::kDisk);
        EXPECT_NE(log.error().message.find(wal_), std::string::npos) << log.error().message;
        EXPECT_NE(log.error().message.find("--accept-gap"), std::string::npos);
    }
    const auto accepted = open(TopicDamage::kAccepted);
    ASSERT_TRUE(accepted) << accepted.error().message;
    EXPECT_NE((*accepted)->accepted_damage().find(wal_), std::string::npos);
}

// A database of the state with a WAL of two processes.
class StateDamageTest : public testing::Test {
  protected:
    void SetUp() override {
        for (int process = 0; process < 2; ++process) {
            const std::unique_ptr<Database> database = open_state_database(live_.path());
            for (int i = 0; i < 6; ++i) {
                const std::string key = fmt::format("{}{}", process, i);
                const std::string value(i % 3 == 2 ? 15'000 : 30, 'x');
                rocksdb::WriteBatch batch;
                // In families whose tables must not run ahead of each other.
                ASSERT_TRUE(batch.Put(database->family(0), key, value).ok());
                ASSERT_TRUE(batch.Put(database->family(1), key, value).ok());
                ASSERT_TRUE(database->db().Write({}, &batch).ok());
            }
            copy_as_killed(live_.path(), whole_.path());
        }
        for (const std::string& wal : wals_of(whole_.path() + "/state")) {
            wals_.push_back(std::filesystem::path(wal).filename());
        }
        ASSERT_EQ(wals_.size(), 2U);
    }

    void make_whole() { copy_as_killed(whole_.path(), directory_.path()); }
    std::string path(size_t wal) const { return directory_.path() + "/state/" + wals_.at(wal); }

    DatabaseSetup setup() const {
        const DiskBudget budget{kBufferBytesMin, 0};
        DatabaseSetup setup;
        setup.path = directory_.path() + "/state";
        setup.options = database_options(budget);
        setup.families = state_families(budget);
        return setup;
    }

    // How many of the commits are there, the first of them; both families must say the same.
    static size_t commits_in(Database& database) {
        std::vector<std::string> keys[2];
        for (size_t family = 0; family < 2; ++family) {
            EXPECT_TRUE(database.scan({family, {}, {}}, [&](auto key, auto /*value*/) {
                keys[family].emplace_back(key);
                return true;
            }));
        }
        EXPECT_EQ(keys[0], keys[1]);
        for (size_t i = 0; i < keys[0].size(); ++i) {
            EXPECT_EQ(keys[0][i], fmt::format("{}{}", i / 6, i % 6)) << "a hole";
        }
        return keys[0].size();
    }

    // A view sees what a start goes back to. The number of commits, 0 where both refuse.
    size_t recovered() {
        const auto view = Database::open_view(setup());
        const size_t seen = view ? commits_in(**view) : 0;
        const auto database = Database::open(setup());
        EXPECT_EQ(view.has_value(), database.has_value());
        if (!database) {
            EXPECT_EQ(database.error().kind, ErrorKind::kDisk);
            return 0;
        }
        EXPECT_EQ(commits_in(**database), seen);
        EXPECT_EQ((*database)->wal_findings().left_out, (*view)->wal_findings().left_out);
        EXPECT_TRUE(seen == 12 || !(*database)->wal_findings().left_out.empty());
        return seen;
    }

    TemporaryDirectory live_;
    TemporaryDirectory whole_;
    TemporaryDirectory directory_;
    std::vector<std::string> wals_;
};

TEST_F(StateDamageTest, AFlippedBitGoesBackToACommit) {
    size_t gone_back = 0;
    for (size_t wal = 0; wal < 2; ++wal) {
        make_whole();
        for (const size_t place : places_in(bytes_of(path(wal)).size())) {
            SCOPED_TRACE(fmt::format("{} at {}", wal, place));
            make_whole();
            flip(path(wal), place, place % 8);
            const size_t commits = recovered();
            gone_back += commits > 0 && commits < 12 ? 1 : 0;
        }
    }
    EXPECT_GT(gone_back, 50U);
}

TEST_F(StateDamageTest, ATypeThatRocksdbTakesForTheEndIsSeen) {
    make_whole();
    flip(path(0), 6, 2);  // "whole" becomes "of an older file", in the middle of all
    const auto view = Database::open_view(setup());
    ASSERT_FALSE(view);
    EXPECT_EQ(view.error().kind, ErrorKind::kDisk);
    EXPECT_FALSE(Database::open(setup()));
}

TEST_F(StateDamageTest, AFileOfAnEarlierProcessThatWasCutShortGoesBack) {
    make_whole();
    const std::string bytes = bytes_of(path(0));
    for (const size_t size : {bytes.size() - 1, bytes.size() / 2, size_t{100}}) {
        SCOPED_TRACE(size);
        make_whole();
        write_bytes(path(0), bytes.substr(0, size));
        EXPECT_LT(recovered(), 6U);
    }
}

TEST_F(StateDamageTest, TheNewestFileIsMissed) {
    for (const bool only : {false, true}) {
        SCOPED_TRACE(only);
        make_whole();
        std::filesystem::remove(path(1));
        if (only) {
            std::filesystem::remove(path(0));
        }
        const auto view = Database::open_view(setup());
        ASSERT_FALSE(view);
        EXPECT_EQ(view.error().kind, ErrorKind::kDisk);
        // The manifest does not say which number the newest file has.
        EXPECT_NE(view.error().message.find(".log or a later file"), std::string::npos)
            << view.error().message;
        EXPECT_FALSE(Database::open(setup()));
    }
}

// As it is after a file is full.
TEST(WalFiles, TheNewestIsMissedWhereOneWasBegun) {
    const TemporaryDirectory directory;
    const TemporaryDirectory killed;
    {
        const std::unique_ptr<Database> database = open_state_database(directory.path());
        for (int i = 0; i < 3; ++i) {
            for (size_t family = 0; family < kFamilyCount; ++family) {
                ASSERT_TRUE(database->db().Put({}, database->family(family), "a", "1").ok());
            }
            ASSERT_TRUE(database->db().Flush({}, database->family(static_cast<size_t>(i))).ok());
            ASSERT_TRUE(database->db().Put({}, database->family(0), "c", "1").ok());
            ASSERT_TRUE(database->db().SyncWAL().ok());
        }
        copy_as_killed(directory.path(), killed.path());
    }
    const std::vector<std::string> wals = wals_of(killed.path() + "/state");
    ASSERT_GE(wals.size(), 3U);
    std::filesystem::remove(wals.back());
    const Result<WalFindings> found =
        check_wal(*rocksdb::FileSystem::Default(), killed.path() + "/state", WalRule::kGoesBack);
    ASSERT_FALSE(found);
    EXPECT_NE(found.error().message.find(wals.back()), std::string::npos) << found.error().message;
}

// What is in the tables is ahead of a WAL that ends too early.
TEST_F(StateDamageTest, AFileThatEndsBeforeTheTablesIsNamed) {
    {
        const std::unique_ptr<Database> database = open_state_database(live_.path());
        ASSERT_TRUE(database->db().Put({}, database->family(0), "last", "1").ok());
        ASSERT_TRUE(database->db().Flush({}, database->family(0)).ok());
        copy_as_killed(live_.path(), whole_.path());
    }
    make_whole();
    const std::string bytes = bytes_of(path(1));
    write_bytes(path(1), bytes.substr(0, bytes.size() - 5));
    for (const bool is_view : {true, false}) {
        const auto opened = is_view ? Database::open_view(setup()) : Database::open(setup());
        ASSERT_FALSE(opened);
        const std::string& message = opened.error().message;
        EXPECT_NE(message.find(wals_.at(1)), std::string::npos) << message;
        EXPECT_NE(message.find("tables hold what came later"), std::string::npos) << message;
        EXPECT_NE(message.find("move the directory away"), std::string::npos) << message;
    }
}

}  // namespace
}  // namespace spantoll::store
