#include "store/database/database.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <mutex>
#include <optional>
#include <set>
#include <utility>

#include <fmt/format.h>
#include <rocksdb/env.h>
#include <rocksdb/listener.h>

#include "store/database/open_tables.h"
#include "store/database/reason.h"
#include "store/database/row_iterator.h"
#include "store/files/private_directory.h"

namespace spantoll::store {
namespace {

// A view that is opened while a processor flushes is opened again; a flush takes milliseconds and
// comes at most a few times a second.
constexpr int kViewTriesMax = 100;

// A file that there is only once CURRENT, which says where to begin, has been written. The first
// manifest is written before it.
bool is_of_database(const std::string& name) {
    return name.ends_with(".sst") || name.ends_with(".log") ||
           (name.starts_with("MANIFEST-") && name != "MANIFEST-000001");
}

// Whether there is a database. kDisk where there is one that has lost its CURRENT: it must not
// be replaced by a new one.
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

// The lock is taken, by another process or by this one.
bool is_lock_held(const rocksdb::Status& status) {
    const std::string text = status.ToString();
    return status.IsIOError() && (text.find("While lock file") != std::string::npos ||
                                  text.find("lock hold by current process") != std::string::npos);
}

// The files of the WAL.
std::set<std::string> wals_of(const std::string& path) {
    std::set<std::string> names;
    std::error_code failed;
    for (const auto& entry : std::filesystem::directory_iterator(path, failed)) {
        const std::string name = entry.path().filename();
        if (name.ends_with(".log")) {
            names.insert(name);
        }
    }
    return names;
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

// Compactions come in bursts, in which they would take cores from a commit under way. If they
// fall behind because of that, RocksDB slows down writes until they have caught up. Flushes do not
// give way: memory is not free before they are done, and posts wait for it.
void yield_to_engine(rocksdb::Env& env) {
    // Where the environment cannot do this, nothing changes.
    env.LowerThreadPoolCPUPriority(rocksdb::Env::Priority::LOW, rocksdb::CpuPriority::kLow)
        .PermitUncheckedError();
}

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

Database::Database(const DatabaseSetup& setup)
    : path_(setup.path),
      wal_rule_(setup.wal_rule),
      range_deleted_(setup.range_deleted),
      env_(setup.file_system == nullptr ? nullptr : rocksdb::NewCompositeEnv(setup.file_system)),
      listener_(std::make_shared<Listener>()) {}

Database::~Database() {
    if (db_ == nullptr) {
        return;
    }
    for (rocksdb::ColumnFamilyHandle* handle : handles_) {
        // A failure here does no harm: every commit is in the WAL.
        db_->DestroyColumnFamilyHandle(handle).PermitUncheckedError();
    }
    db_->Close().PermitUncheckedError();
}

bool Database::deletes_ranges(size_t index) const {
    return std::find(range_deleted_.begin(), range_deleted_.end(), index) != range_deleted_.end();
}

rocksdb::ReadOptions Database::point_reads() {
    rocksdb::ReadOptions options;
    options.ignore_range_deletions = true;
    return options;
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
    if (Result<void> made = make_private_directory(setup.path); !made) {
        return tl::make_unexpected(made.error());
    }
    if (*there) {
        if (Result<void> known = refuse_unknown_families(setup); !known) {
            return tl::make_unexpected(known.error());
        }
    }
    std::unique_ptr<Database> database(new Database(setup));
    if (Result<void> checked = database->check_wal(&store::mend_wal); !checked) {
        return tl::make_unexpected(checked.error());
    }
    rocksdb::DBOptions options = setup.options;
    database->accept_damage(options);
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
    return database->open_tables().and_then([&] { return database->write_behind(); }).map([&] {
        return std::move(database);
    });
}

Result<void> Database::open_tables() {
    for (const size_t place : range_deleted_) {
        // A view of an older store may lack it.
        if (place < handles_.size()) {
            const rocksdb::Status status = store::open_tables(*db_, *handles_[place]);
            if (!status.ok()) {
                return error("open", status);
            }
        }
    }
    return {};
}

Result<void> Database::check_wal(const WalCheck& check) {
    return check(*env()->GetFileSystem(), path_, wal_rule_).map([&](WalFindings&& found) {
        findings_ = std::move(found);
    });
}

// RocksDB would refuse files that are not as its manifest says.
void Database::accept_damage(rocksdb::DBOptions& options) const {
    if (wal_rule_ == WalRule::kAccepts && findings_.is_damaged) {
        options.track_and_verify_wals_in_manifest = false;
    }
}

// Writes again what lies behind accepted damage, and then everything into tables, so that the next
// start does not read the damaged file.
Result<void> Database::write_behind() {
    if (findings_.behind.empty()) {
        return {};
    }
    rocksdb::WriteOptions synced;
    synced.sync = true;
    for (const std::string& bytes : findings_.behind) {
        rocksdb::WriteBatch batch(bytes);
        const rocksdb::Status status = db_->Write(synced, &batch);
        if (!status.ok()) {
            return error("write", status);
        }
    }
    findings_.behind.clear();
    return flush();
}

// A view cannot make the families that an older program did not have.
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

// A view reads the manifest, then the WAL. It is complete only if no file of the WAL was removed in
// between: a flush removes files, and their rows would then be in neither. If a table is missing, a
// compaction deleted it before it was opened.
Result<std::unique_ptr<Database>> Database::open_view(const DatabaseSetup& setup) {
    const Result<bool> there = is_there(setup.path);
    if (!there) {
        return tl::make_unexpected(there.error());
    }
    if (!*there) {
        return failure(ErrorKind::kUsage,
                       fmt::format("there is no store at {}: name another --data", setup.path));
    }
    Result<std::unique_ptr<Database>> database;
    for (int i = 0; i < kViewTriesMax; ++i) {
        const std::set<std::string> before = wals_of(setup.path);
        const auto manifest = manifest_of(setup.path);
        database = try_view(setup);
        const std::set<std::string> after = wals_of(setup.path);
        const bool is_whole =
            database && std::includes(after.begin(), after.end(), before.begin(), before.end());
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

Result<std::unique_ptr<Database>> Database::try_view(const DatabaseSetup& setup) {
    std::unique_ptr<Database> database(new Database(setup));
    if (Result<void> checked = database->check_wal(&store::check_wal); !checked) {
        return tl::make_unexpected(checked.error());
    }
    rocksdb::DBOptions options = setup.options;
    database->accept_damage(options);
    options.create_if_missing = false;
    options.env = database->env();
    // All tables are opened at once, because the processor may delete them at any moment.
    options.max_open_files = -1;
    rocksdb::DB* db = nullptr;
    const rocksdb::Status status = rocksdb::DB::OpenForReadOnly(
        options, setup.path, families_there(setup), &database->handles_, &db);
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
    return flush(options);
}

Result<void> Database::flush() {
    return flush(rocksdb::FlushOptions());
}

Result<void> Database::flush(rocksdb::FlushOptions options) {
    options.allow_write_stall = true;
    const rocksdb::Status status = db_->Flush(options, handles_);
    if (!status.ok()) {
        return error("flush", status);
    }
    return {};
}

Result<void> Database::scan(const Range& range, const Row& row) {
    RowIterator rows(*this, range);
    while (rows.valid() && row(rows.key(), rows.value())) {
        rows.next();
    }
    if (!rows.status().ok()) {
        return error("read", rows.status());
    }
    return {};
}

tl::unexpected<Error> Database::error(std::string_view what, const rocksdb::Status& status) const {
    const std::string reason = reason_of(status, path_, findings_.left_out);
    const std::string said = fmt::format("cannot {} {}: {}", what, path_, reason);
    if (status.IsNoSpace() || reason.find("No space left") != std::string::npos) {
        return failure(ErrorKind::kDisk,
                       said + ": free some space and start again; nothing is lost");
    }
    // For the topic too: nothing can go on without what is in tables.
    const WalRule rule = wal_rule_ == WalRule::kGoesBack ? wal_rule_ : WalRule::kAccepts;
    return failure(ErrorKind::kDisk,
                   status.IsCorruption() || reason.ends_with(kIsMissing)
                       ? with_advice(said, rule)
                       : said + ": see to the disk and start again");
}

}  // namespace spantoll::store
