#pragma once

#include <string>
#include <utility>
#include <vector>

#include <rocksdb/write_batch.h>

#include "store/account_rows.h"
#include "store/codec/record_codec.h"
#include "store/commit.h"
#include "store/database/column_families.h"
#include "store/database/database.h"
#include "store/database/store_counters.h"

namespace spantoll::store {

// Turns a commit into one WriteBatch: each row once, what is removed before what is written.
// Thread: the engine's. Borrows what it is made with.
//
// It never reads `cost` or `rolling`, whose live memtables are slow to read.
class RowWriter final : private AccountRowTaker {
  public:
    RowWriter(Database& database, StoreCounters& memory);

    // The batch lives until the next call. `accounts` may be null. kDisk where a row that must be
    // looked at cannot be read.
    Result<rocksdb::WriteBatch*> write(const Commit& commit, const AccountRowSource* accounts);

  private:
    // Removals.
    Result<void> purge_period(const Period& period);
    void remove_accounts_rows(const Commit& commit);
    void remove_old_panes(const Commit& commit);
    void remove_from_outbox(uint64_t through);
    Result<void> trim_decisions(int64_t before_ms);
    Result<void> trim_dead_letters();
    Result<bool> may_trim(const std::string& dead_key, uint64_t sequence);
    Result<void> replace_panes(const Commit& commit);

    // Puts.
    void take(const AccountPeriodRow& row) override;
    void take(const RollingRow& row) override;
    void put_merges(const Commit& commit);
    void put_index();
    void put_enforces(const Commit& commit);
    void put_panes(const Commit& commit);
    void put_journal(const Commit& commit);
    void put_decisions(const Commit& commit);
    void put_dead_letters(const Commit& commit);
    void put_meta(const Commit& commit);
    void put_lists(const Commit& commit);
    void put_next(const Commit& commit);
    void put_limits(const Commit& commit);

    void put(Family family, std::string_view key, std::string_view value);
    void erase(Family family, std::string_view key);
    void erase_range(Family family, std::string_view begin, std::string_view end);
    // "2026-11" of a period; formatted once for the many rows of one.
    const std::string& label_of(const Period& period);

    Database& database_;
    StoreCounters& memory_;
    RecordEncoder encoder_;
    rocksdb::WriteBatch batch_;
    std::string key_;
    std::vector<std::pair<Period, std::string>> labels_;
    std::vector<const EnforceRow*> sorted_enforces_;
    std::vector<std::pair<std::string, Period>> new_index_rows_;  // of the commit, by key
};

}  // namespace spantoll::store
