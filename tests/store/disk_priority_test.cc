#include "store/files/disk_priority.h"

#include <cerrno>
#include <cstdint>
#include <memory>
#include <string>
#include <sys/syscall.h>
#include <unistd.h>
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <rocksdb/file_system.h>

#include "tests/store/state_database.h"
#include "tests/store/store_fixture.h"
#include "tests/store/threads_named.h"

namespace spantoll::store {
namespace {

constexpr int64_t kRealtime = 1;  // ioprio_get(2)

// 0 is the thread that asks.
int64_t io_class(id_t thread) {
    constexpr int kWhoProcess = 1;
    constexpr int kClassShift = 13;
    return syscall(SYS_ioprio_get, kWhoProcess, thread) >> kClassShift;
}

// Notes which I/O class each fsync of a WAL had.
class NotingFile final : public rocksdb::FSWritableFileOwnerWrapper {
  public:
    NotingFile(std::unique_ptr<rocksdb::FSWritableFile> file, std::vector<int64_t>& classes)
        : FSWritableFileOwnerWrapper(std::move(file)), classes_(classes) {}
    rocksdb::IOStatus Sync(const rocksdb::IOOptions& options,
                           rocksdb::IODebugContext* debug) override {
        classes_.push_back(io_class(0));
        return target()->Sync(options, debug);
    }

  private:
    std::vector<int64_t>& classes_;
};

class NotingFileSystem final : public rocksdb::FileSystemWrapper {
  public:
    explicit NotingFileSystem(std::vector<int64_t>& classes)
        : FileSystemWrapper(rocksdb::FileSystem::Default()), classes_(classes) {}
    const char* Name() const override { return "noting"; }
    rocksdb::IOStatus NewWritableFile(const std::string& name,
                                      const rocksdb::FileOptions& options,
                                      std::unique_ptr<rocksdb::FSWritableFile>* file,
                                      rocksdb::IODebugContext* debug) override {
        rocksdb::IOStatus opened = target()->NewWritableFile(name, options, file, debug);
        if (opened.ok() && name.ends_with(".log")) {
            *file = std::make_unique<NotingFile>(std::move(*file), classes_);
        }
        return opened;
    }

  private:
    std::vector<int64_t>& classes_;
};

class DiskPriority : public StoreFixture {
  protected:
    DiskPriority() { options_.file_system = std::make_shared<NotingFileSystem>(of_syncs_); }

    static bool may_go_first() {
        const FirstAtDisk first;
        EXPECT_TRUE(first.is_granted() || errno == EPERM);
        return first.is_granted();
    }
    // A dead letter of this size.
    void commit_letter(uint64_t sequence, size_t bytes, Durability durability) {
        Commit commit;
        commit.dead_letters = {letter_of(sequence, static_cast<int64_t>(sequence), bytes)};
        ASSERT_TRUE(store_->commit(commit, durability));
    }

    std::vector<int64_t> of_syncs_;
};

// RocksDB's threads take over the class of the one that starts them: whoever opens, not the engine.
// The first test of this program, as they are the process's and begin once.
TEST_F(DiskPriority, FlushesAndCompactionsHaveNone) {
    const std::unique_ptr<Database> database = open_state_database(directory_.path());
    {
        const FirstAtDisk first;
        EXPECT_TRUE(database->db().Put({}, database->family(0), "key", "value").ok());
        EXPECT_TRUE(database->db().Flush({}, database->family(0)).ok());
        EXPECT_TRUE(database->db().CompactRange({}, database->family(0), nullptr, nullptr).ok());
    }
    for (const char* name : {"rocksdb:high", "rocksdb:low"}) {
        const std::vector<id_t> threads = threads_named(name);
        ASSERT_FALSE(threads.empty()) << name;
        EXPECT_NE(io_class(threads.front()), kRealtime) << name;
    }
}

TEST_F(DiskPriority, LastsAsLongAsItIsWanted) {
    const int64_t before = io_class(0);
    {
        const FirstAtDisk first;
        EXPECT_EQ(io_class(0), first.is_granted() ? kRealtime : before);
    }
    EXPECT_EQ(io_class(0), before);
}

TEST_F(DiskPriority, AnFsyncOfAFewMebibytesGoesFirst) {
    open();
    of_syncs_.clear();
    commit_letter(1, 100, Durability::kSynced);
    commit_letter(2, 5 << 20, Durability::kSynced);
    const int64_t before = io_class(0);
    EXPECT_EQ(of_syncs_, (std::vector<int64_t>{may_go_first() ? kRealtime : before, before}));
}

}  // namespace
}  // namespace spantoll::store
