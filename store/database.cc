#include "store/database.h"

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <mutex>
#include <optional>
#include <unistd.h>
#include <utility>

#include <fmt/format.h>
#include <rocksdb/env.h>
#include <rocksdb/listener.h>

namespace spantoll::store {
namespace {

// A secondary that is opened while the primary flushes is opened again; a flush takes milliseconds
// and comes at most a few times a second.
constexpr int kSecondaryTriesMax = 100;

std::string one_line(std::string text) {
    std::replace(text.begin(), text.end(), '\n', ' ');
    return text;
}

// A file that there is only once CURRENT, which says where to begin, has been written. The first
// manifest is written before it.
bool is_of_database(const std::string& name) {
    return name.ends_with(".sst") || name.ends_with(".log") ||
           (name.starts_with("MANIFEST-") && name != "MANIFEST-000001");
}

// Whether there is a database. kDisk where there is one that has lost its CURRENT: a new one must
// not take its place.
Result<bool> is_there(const std::string& path) {
    std::error_code failed;
    if (std::filesystem::exists(path + "/CURRENT", failed)) {
        return true;
    }
    if (failed) {
        return failure(ErrorKind::kDisk,
                       fmt::format("cannot look into {}: {}", path, failed.message()));
    }
    for (const auto& entry : std::filesystem::directory_iterator(path, failed)) {
        if (is_of_database(entry.path().filename())) {
            return failure(ErrorKind::kDisk,
                           fmt::format("{} is missing, but {} is there: restore a backup",
                                       path + "/CURRENT",
                                       entry.path().filename().string()));
        }
    }
    return false;
}

// The lock file is held, by another process or by this one.
bool is_lock_held(const rocksdb::Status& status) {
    const std::string text = status.ToString();
    return status.IsIOError() && (text.find("While lock file") != std::string::npos ||
                                  text.find("lock hold by current process") != std::string::npos);
}

// The oldest file of the WAL; empty where there is none. They are deleted oldest first.
std::string oldest_wal(const std::string& path) {
    std::string oldest;
    std::error_code failed;
    for (const auto& entry : std::filesystem::directory_iterator(path, failed)) {
        const std::string name = entry.path().filename();
        // Numbers of six digits and more: a longer one is newer.
        const auto age = [](const std::string& wal) { return std::pair(wal.size(), wal); };
        if (name.ends_with(".log") && (oldest.empty() || age(name) < age(oldest))) {
            oldest = name;
        }
    }
    return oldest;
}

// The name and size of the manifest: every flush and compaction appends to it.
std::optional<std::pair<std::string, uintmax_t>> manifest_of(const std::string& path) {
    std::ifstream current(path + "/CURRENT");
    std::string name;
    std::error_code failed;
    if (!std::getline(current, name)) {
        return std::nullopt;
    }
    const uintmax_t size = std::filesystem::file_size(path + "/" + name, failed);
    return failed ? std::nullopt : std::optional(std::pair(name, size));
}

Result<void> refuse_unknown_families(const DatabaseSetup& setup) {
    std::vector<std::string> names;
    if (!rocksdb::DB::ListColumnFamilies(setup.options, setup.path, &names).ok()) {
        return {};  // opening it will say what is wrong
    }
    for (const std::string& name : names) {
        const bool known = std::any_of(setup.families.begin(),
                                       setup.families.end(),
                                       [&](const auto& family) { return family.name == name; });
        if (!known) {
            return failure(ErrorKind::kConfig,
                           fmt::format("{} was written by a newer spantoll (it has '{}'): use that "
                                       "version or another --data",
                                       setup.path,
                                       name));
        }
    }
    return {};
}

// Compactions come in bursts, in which they would take cores from a commit under way. Where they
// fall behind for want of CPU, RocksDB slows writes down until they have caught up. Flushes do not
// yield: memory waits for them, and posts that wait for a place in it.
void yield_to_engine(rocksdb::Env& env) {
    // An environment that cannot works as it did.
    env.LowerThreadPoolCPUPriority(rocksdb::Env::Priority::LOW, rocksdb::CpuPriority::kLow)
        .PermitUncheckedError();
}

// In place of the log that a secondary would write into a directory of its own: only RocksDB's
// developers read it, and a reader that is killed leaves nothing behind where nothing is made.
class NoLog final : public rocksdb::Logger {
  public:
    using Logger::Logv;
    void Logv(const char* /*format*/, va_list /*arguments*/) override {}
};

}  // namespace

// Remembers the first failure of RocksDB's own threads. Any thread.
class Database::Listener final : public rocksdb::EventListener {
  public:
    void OnBackgroundError(rocksdb::BackgroundErrorReason /*reason*/,
                           rocksdb::Status* status) override {
        const std::lock_guard lock(mutex_);
        if (first_.ok()) {
            first_ = *status;
            failed_.store(true, std::memory_order_release);
        }
    }
    bool failed() const { return failed_.load(std::memory_order_acquire); }
    rocksdb::Status first() const {
        const std::lock_guard lock(mutex_);
        return first_;
    }

  private:
    std::atomic<bool> failed_{false};
    mutable std::mutex mutex_;
    rocksdb::Status first_;  // under mutex_
};

Database::Database(std::string path, const std::shared_ptr<rocksdb::FileSystem>& file_system)
    : path_(std::move(path)),
      env_(file_system == nullptr ? nullptr : rocksdb::NewCompositeEnv(file_system)),
      listener_(std::make_shared<Listener>()) {}

Database::~Database() {
    if (db_ == nullptr) {
        return;
    }
    for (rocksdb::ColumnFamilyHandle* handle : handles_) {
        // Nothing to be done about a failure here: every commit is in the WAL.
        db_->DestroyColumnFamilyHandle(handle).PermitUncheckedError();
    }
    db_->Close().PermitUncheckedError();
}

rocksdb::Env* Database::env() {
    return env_ == nullptr ? rocksdb::Env::Default() : env_.get();
}

Result<std::unique_ptr<Database>> Database::open(const DatabaseSetup& setup) {
    const Result<bool> there = is_there(setup.path);
    if (!there) {
        return tl::make_unexpected(there.error());
    }
    if (!*there && !setup.create_if_missing) {
        return failure(ErrorKind::kUsage,
                       fmt::format("there is no store at {}: name another --data", setup.path));
    }
    std::error_code failed;
    std::filesystem::create_directories(setup.path, failed);
    if (failed) {
        return failure(ErrorKind::kDisk,
                       fmt::format("cannot make directory {}: {}", setup.path, failed.message()));
    }
    if (*there) {
        if (Result<void> known = refuse_unknown_families(setup); !known) {
            return tl::make_unexpected(known.error());
        }
    }
    std::unique_ptr<Database> database(new Database(setup.path, setup.file_system));
    rocksdb::DBOptions options = setup.options;
    options.create_if_missing = setup.create_if_missing;
    options.create_missing_column_families = true;
    options.env = database->env();
    options.listeners.push_back(database->listener_);
    yield_to_engine(*database->env());
    rocksdb::DB* db = nullptr;
    const rocksdb::Status status =
        rocksdb::DB::Open(options, setup.path, setup.families, &database->handles_, &db);
    database->db_.reset(db);
    if (is_lock_held(status)) {
        return failure(ErrorKind::kBusy,
                       fmt::format("another process has {} open: stop it, or name another --data",
                                   setup.path));
    }
    if (!status.ok()) {
        return database->error("open", status);
    }
    return database;
}

// A secondary cannot make the families that an older program did not have.
std::vector<rocksdb::ColumnFamilyDescriptor> Database::families_there(const DatabaseSetup& setup) {
    std::vector<std::string> names;
    if (!rocksdb::DB::ListColumnFamilies(setup.options, setup.path, &names).ok()) {
        return setup.families;  // opening it will say what is wrong
    }
    std::vector<rocksdb::ColumnFamilyDescriptor> families = setup.families;
    while (!families.empty() &&
           std::find(names.begin(), names.end(), families.back().name) == names.end()) {
        families.pop_back();
    }
    return families;
}

// A secondary reads the manifest, then the WAL. What it sees is whole only if no file of the WAL
// went in between, which a flush makes needless and deletes: then its rows would be in neither.
// Catching up later is no way out: rows that are in a memtable here and in a table of the primary's
// would be merged twice. Where a table is missing, a compaction deleted it before it was opened.
Result<std::unique_ptr<Database>> Database::open_secondary(const DatabaseSetup& setup) {
    const Result<bool> there = is_there(setup.path);
    if (!there) {
        return tl::make_unexpected(there.error());
    }
    if (!*there) {
        return failure(ErrorKind::kUsage,
                       fmt::format("there is no store at {}: name another --data", setup.path));
    }
    Result<std::unique_ptr<Database>> database;
    for (int i = 0; i < kSecondaryTriesMax; ++i) {
        const std::string wal = oldest_wal(setup.path);
        const auto manifest = manifest_of(setup.path);
        database = try_secondary(setup);
        const bool is_whole = database && oldest_wal(setup.path) == wal;
        const bool is_broken = !database && manifest && manifest_of(setup.path) == manifest;
        if (is_whole || is_broken) {
            return database;
        }
    }
    return database ? failure(ErrorKind::kUnavailable,
                              fmt::format("{} changes faster than it can be read: try again",
                                          setup.path))
                    : std::move(database);
}

Result<std::unique_ptr<Database>> Database::try_secondary(const DatabaseSetup& setup) {
    std::unique_ptr<Database> database(new Database(setup.path, setup.file_system));
    rocksdb::DBOptions options = setup.options;
    options.env = database->env();
    // All tables are opened at once, as the primary may delete them any moment.
    options.max_open_files = -1;
    options.info_log = std::make_shared<NoLog>();
    rocksdb::DB* db = nullptr;
    const rocksdb::Status status = rocksdb::DB::OpenAsSecondary(
        options, setup.path, setup.path, families_there(setup), &database->handles_, &db);
    database->db_.reset(db);
    if (!status.ok()) {
        return database->error("read", status);
    }
    return database;
}

Result<void> Database::health() const {
    if (listener_->failed()) {
        return error("write", listener_->first());
    }
    return {};
}

Result<void> Database::begin_flush() {
    rocksdb::FlushOptions options;
    options.wait = false;
    options.allow_write_stall = true;
    const rocksdb::Status status = db_->Flush(options, handles_);
    if (!status.ok()) {
        return error("flush", status);
    }
    return {};
}

Result<void> Database::scan(const Range& range, const Row& row) {
    rocksdb::ReadOptions options;
    options.fill_cache = false;  // what is walked over is read once
    const rocksdb::Slice end(range.end);
    if (!range.end.empty()) {
        options.iterate_upper_bound = &end;
    }
    const std::unique_ptr<rocksdb::Iterator> rows(db_->NewIterator(options, family(range.family)));
    for (rows->Seek(range.begin); rows->Valid(); rows->Next()) {
        if (!row(rows->key().ToStringView(), rows->value().ToStringView())) {
            break;
        }
    }
    if (!rows->status().ok()) {
        return error("read", rows->status());
    }
    return {};
}

tl::unexpected<Error> Database::error(std::string_view what, const rocksdb::Status& status) const {
    std::string reason = one_line(status.ToString());
    // What RocksDB says where its CURRENT cannot be opened at first.
    if (reason.find("Direct I/O is not supported") != std::string::npos ||
        reason.find("options incompatible with filesystem") != std::string::npos) {
        reason = "IO error: Input/output error: " + path_ + "/CURRENT";
    }
    const std::string_view advice =
        status.IsNoSpace() || reason.find("No space left") != std::string::npos
            ? "free some space and start again; nothing is lost"
            : (status.IsCorruption() ? "restore a backup" : "see to the disk and start again");
    return failure(ErrorKind::kDisk,
                   fmt::format("cannot {} {}: {}: {}", what, path_, reason, advice));
}

}  // namespace spantoll::store
