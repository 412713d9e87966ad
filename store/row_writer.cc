#include "store/row_writer.h"

#include <algorithm>
#include <optional>
#include <tuple>

#include "schemas/check.h"
#include "store/codec/keys.h"
#include "store/codec/pane_codec.h"
#include "window/calendar.h"

namespace spantoll::store {
namespace {

// A row of a period and one of a rolling window, with their keys, take somewhat less.
constexpr size_t kAccountBytes = 256;

// Only a few periods are open; late spans of one commit may belong to some dozens more.
constexpr size_t kLabelsMax = 64;

}  // namespace

RowWriter::RowWriter(Database& database, StoreCounters& memory)
    : database_(database), memory_(memory) {}

Result<rocksdb::WriteBatch*> RowWriter::write(const Commit& commit,
                                              const AccountRowSource* accounts) {
    // A new one, because one that was cleared keeps the memory of the largest commit.
    batch_ =
        rocksdb::WriteBatch(accounts == nullptr ? 0 : accounts->account_count() * kAccountBytes);
    for (const Period& period : commit.periods_purged) {
        if (Result<void> purged = purge_period(period); !purged) {
            return tl::make_unexpected(purged.error());
        }
    }
    remove_accounts_rows(commit);
    remove_old_panes(commit);
    if (commit.outbox_removed_through) {
        remove_from_outbox(*commit.outbox_removed_through);
    }
    Result<void> removed = replace_panes(commit)
                               .and_then([&] {
                                   return commit.decisions_removed_before_ms
                                              ? trim_decisions(*commit.decisions_removed_before_ms)
                                              : Result<void>();
                               })
                               .and_then([&] { return trim_dead_letters(); });
    if (!removed) {
        return tl::make_unexpected(removed.error());
    }
    put_next(commit);
    put_meta(commit);
    put_lists(commit);
    if (accounts != nullptr) {
        accounts->give_rows(*this);
    }
    for (const Commit::PeriodRow& row : commit.periods) {
        take(AccountPeriodRow{row.account, row.period, row.totals, row.is_new});
    }
    put_merges(commit);
    put_index();
    put_enforces(commit);
    put_panes(commit);
    put_journal(commit);
    put_decisions(commit);
    put_dead_letters(commit);
    return &batch_;
}

void RowWriter::take(const AccountPeriodRow& row) {
    const std::string& label = label_of(row.period);
    if (row.is_judged || !memory_.has_fedcost(row.period)) {
        put_window_key(key_, row.account, label);
        put(Family::kCost, key_, encoder_.period(row.totals, memory_.meters, &row.period));
        return;
    }
    put_fedcost_key(key_, row.account, label);
    put(Family::kCost, key_, encoder_.period(row.totals, memory_.meters, nullptr));
    if (row.is_new) {
        put_index_key(key_, label, row.account);
        new_index_rows_.emplace_back(key_, row.period);
    }
}

// A skiplist takes ascending keys at a fraction of the price, and at first every account has one.
void RowWriter::put_index() {
    std::sort(new_index_rows_.begin(), new_index_rows_.end());
    for (const auto& [key, period] : new_index_rows_) {
        put(Family::kIndex, key, encoder_.index(period));
    }
    new_index_rows_ = {};
}

void RowWriter::take(const RollingRow& row) {
    put_rolling_key(key_, row.account, row.window_minutes);
    put(Family::kRolling, key_, encoder_.rolling(row));
}

void RowWriter::put_merges(const Commit& commit) {
    for (const Commit::PeriodMerge& row : commit.period_merges) {
        // An ended window without a FEDCOST row is no longer judged: nobody will ask for it.
        if (!memory_.has_fedcost(row.period)) {
            continue;
        }
        const std::string& label = label_of(row.period);
        put_fedcost_key(key_, row.account, label);
        batch_
            .Merge(database_.family(index_of(Family::kCost)),
                   key_,
                   encoder_.period(row.delta, memory_.meters, nullptr))
            .PermitUncheckedError();
        // Only reading would tell whether it is the period's first row.
        put_index_key(key_, label, row.account);
        new_index_rows_.emplace_back(key_, row.period);
    }
}

void RowWriter::put_enforces(const Commit& commit) {
    sorted_enforces_.clear();
    for (const EnforceRow& row : commit.enforces) {
        sorted_enforces_.push_back(&row);
    }
    // A skiplist takes ascending keys at half the price.
    std::sort(sorted_enforces_.begin(), sorted_enforces_.end(), [](const auto* a, const auto* b) {
        return std::tie(a->account, a->limit) < std::tie(b->account, b->limit);
    });
    for (const EnforceRow* row : sorted_enforces_) {
        put_streak_key(key_, row->account, row->limit);
        if (row->number == 0) {
            memory_.streak_keys.insert(key_);
            put(Family::kEnforce, key_, encoder_.enforce(*row));
            continue;
        }
        if (memory_.streak_keys.erase(key_) != 0) {
            erase(Family::kEnforce, key_);
        }
        put_enforce_key(key_, row->account, row->limit);
        put(Family::kEnforce, key_, encoder_.enforce(*row));
    }
}

// Row numbers come from RocksDB's sequence number, which every commit moves by the number of its
// rows and which never falls below a row on the disk.
void RowWriter::put_panes(const Commit& commit) {
    uint64_t row = database_.db().GetLatestSequenceNumber() + 1;
    for (const Commit::PanePut& pane : commit.panes) {
        put(Family::kPanes, pane_row_key(pane.pane, row++), pane.entries);
    }
    for (const DedupIds& ids : commit.dedup) {
        put(Family::kDedup, pane_row_key(ids.expiry_pane, row++), encode_hashes(ids.hashes));
    }
}

void RowWriter::put_journal(const Commit& commit) {
    const uint64_t begin = std::min(commit.journal_begin.value_or(0), memory_.journal_end);
    for (; memory_.journal_begin < begin; ++memory_.journal_begin) {
        erase(Family::kJournal, numbered_key(kJournalPrefix, memory_.journal_begin));
    }
    if (commit.journal_row) {
        CHECK(commit.journal_row->number >= memory_.journal_end, "rows of the journal ascend");
        put(Family::kJournal,
            numbered_key(kJournalPrefix, commit.journal_row->number),
            commit.journal_row->bytes);
        memory_.journal_end = commit.journal_row->number + 1;
    }
}

void RowWriter::put_decisions(const Commit& commit) {
    for (const StoredDecision& decision : commit.decisions) {
        CHECK(decision.sequence > 0, "sequences of the outbox count from 1");
        const std::string_view record = encoder_.decision(decision.decision);
        put(Family::kOutbox, numbered_key(kOutboxPrefix, decision.sequence), record);
        put(Family::kDecisions, numbered_key(kDecisionPrefix, decision.sequence), record);
    }
}

void RowWriter::put_dead_letters(const Commit& commit) {
    for (const DeadLetter& letter : commit.dead_letters) {
        CHECK(letter.sequence > 0, "sequences of the outbox count from 1");
        const std::string key = dead_key({letter.topic, letter.partition}, letter.offset);
        const std::string_view record = encoder_.dead_letter(letter);
        const uint64_t size = record.size();
        put(Family::kDead, key, record);
        put(Family::kDead,
            numbered_key(kArrivalPrefix, letter.sequence),
            encoder_.text({key, size}));
        put(Family::kOutbox,
            numbered_key(kOutboxPrefix, letter.sequence),
            encoder_.dead_letter_pointer(key));
        memory_.dead_letter_bytes += size;
    }
}

void RowWriter::put_meta(const Commit& commit) {
    for (const auto& [id, name] : commit.new_meters) {
        CHECK(id == memory_.meters.size(), "meter ids are dense");
        memory_.meters.push_back(name);
        put(Family::kMeta, numbered_key(kMeterPrefix, id), encoder_.text({name, 0}));
    }
    if (commit.watermark) {
        put(Family::kMeta, kWatermarkKey, encoder_.watermark(*commit.watermark));
    }
    uint64_t row = database_.db().GetLatestSequenceNumber() + 1;
    for (const AuditRow& audit : commit.audits) {
        put(Family::kMeta, audit_key(audit.wall_ms, row++), encoder_.text({audit.what, 0}));
    }
    if (commit.has_limits) {
        put_limits(commit);
    }
}

// Kinds of rows that say everything about themselves (store/codec/row_kind.h).
void RowWriter::put_lists(const Commit& commit) {
    RowLists::each(commit.removed, [&]<HasRowKind Row>(const std::vector<Row>& rows) {
        for (const Row& row : rows) {
            erase(RowKind<Row>::kFamily, RowKind<Row>::key(row));
        }
    });
    RowLists::each(commit, [&]<HasRowKind Row>(const std::vector<Row>& rows) {
        for (const Row& row : rows) {
            put(RowKind<Row>::kFamily, RowKind<Row>::key(row), RowKind<Row>::encode(encoder_, row));
        }
    });
}

void RowWriter::put_limits(const Commit& commit) {
    erase_range(Family::kMeta, kLimitPrefix, after_prefix(kLimitPrefix));
    CHECK(commit.limit_series.size() == commit.limits.size(), "each limit has a series");
    for (size_t i = 0; i < commit.limits.size(); ++i) {
        put(Family::kMeta,
            numbered_key(kLimitPrefix, i),
            encoder_.limit(commit.limits[i], commit.limit_series[i]));
    }
}

void RowWriter::put_next(const Commit& commit) {
    NextRecord next = memory_.next;
    next.account_id = std::max(next.account_id, commit.next_account_id.value_or(AccountId()));
    next.slot = std::max(next.slot, commit.next_slot.value_or(0));
    for (const StoredDecision& decision : commit.decisions) {
        next.sequence = std::max(next.sequence, decision.sequence + 1);
    }
    for (const DeadLetter& letter : commit.dead_letters) {
        next.sequence = std::max(next.sequence, letter.sequence + 1);
    }
    // The first commit always writes it: it tells a store in use from a fresh one.
    if (memory_.is_fresh || next != memory_.next) {
        put(Family::kMeta, kNextKey, encoder_.next(next));
    }
    memory_.next = next;
    memory_.is_fresh = false;
}

// Writing into a batch without a size limit cannot fail.
void RowWriter::put(Family family, std::string_view key, std::string_view value) {
    batch_.Put(database_.family(index_of(family)), key, value).PermitUncheckedError();
}

void RowWriter::erase(Family family, std::string_view key) {
    batch_.Delete(database_.family(index_of(family)), key).PermitUncheckedError();
}

void RowWriter::erase_range(Family family, std::string_view begin, std::string_view end) {
    batch_.DeleteRange(database_.family(index_of(family)), begin, end).PermitUncheckedError();
}

const std::string& RowWriter::label_of(const Period& period) {
    for (const auto& [known, label] : labels_) {
        if (known == period) {
            return label;
        }
    }
    if (labels_.size() == kLabelsMax) {
        labels_.clear();
    }
    std::string label =
        memory_.has_fedcost(period) ? window::period_label(period) : window_row_label(period);
    return labels_.emplace_back(period, std::move(label)).second;
}

}  // namespace spantoll::store
