#include <algorithm>
#include <optional>

#include "store/codec/keys.h"
#include "store/row_writer.h"

namespace spantoll::store {
namespace {

// A range tombstone makes every later read of the family a little slower until it is compacted, so
// an hour of panes goes at once; what is kept longer is 1/24 of the panes of a day's window.
constexpr int64_t kPanesRemovedAtOnce = 60;
// Bounds the work of one commit; what is left goes with the next one.
constexpr size_t kDecisionsRemovedMax = 10'000;
constexpr size_t kDeadLettersRemovedMax = 10'000;

}  // namespace

Result<void> RowWriter::purge_period(const Period& period) {
    const std::string label = label_of(period);
    const std::string begin = index_prefix(label);
    const std::string end = after_prefix(begin);
    Result<void> read =
        database_.scan({index_of(Family::kIndex), begin, end}, [&](auto key, auto /*value*/) {
            put_fedcost_key(key_, key.substr(begin.size()), label);
            erase(Family::kCost, key_);
            return true;
        });
    erase_range(Family::kIndex, begin, end);
    return read;
}

void RowWriter::remove_accounts_rows(const Commit& commit) {
    for (const auto& [account, period] : commit.period_removes) {
        const std::string& label = label_of(period);
        const bool is_configured = memory_.has_fedcost(period);
        (is_configured ? put_fedcost_key : put_window_key)(key_, account, label);
        erase(Family::kCost, key_);
        if (is_configured) {
            put_index_key(key_, label, account);
            erase(Family::kIndex, key_);
        }
    }
    for (const auto& [account, period] : commit.window_removes) {
        put_window_key(key_, account, label_of(period));
        erase(Family::kCost, key_);
    }
    for (const auto& [account, window_minutes] : commit.rolling_removes) {
        put_rolling_key(key_, account, window_minutes);
        erase(Family::kRolling, key_);
    }
    for (const auto& [account, limit] : commit.enforce_removes) {
        put_streak_key(key_, account, limit);
        if (memory_.streak_keys.erase(key_) != 0) {
            erase(Family::kEnforce, key_);
        }
        put_enforce_key(key_, account, limit);
        erase(Family::kEnforce, key_);
    }
}

void RowWriter::remove_old_panes(const Commit& commit) {
    if (commit.panes_below_removed &&
        *commit.panes_below_removed >= memory_.panes_begin.plus(kPanesRemovedAtOnce)) {
        erase_range(Family::kPanes,
                    pane_row_key(memory_.panes_begin, 0),
                    pane_row_key(*commit.panes_below_removed, 0));
        memory_.panes_begin = *commit.panes_below_removed;
    }
    // Only a start reads these rows, so tombstones cost nothing here; and identities that were
    // forgotten early must not come back.
    for (const Pane pane : commit.dedup_removed) {
        erase_range(Family::kDedup, pane_row_key(pane, 0), pane_row_key(pane.next(), 0));
    }
}

// Row by row: the outbox is read all the time, and a range tombstone for each commit with a
// decision would slow that down.
void RowWriter::remove_from_outbox(uint64_t through) {
    const uint64_t end = std::min(through + 1, memory_.next.sequence);
    for (; memory_.outbox_begin < end; ++memory_.outbox_begin) {
        erase(Family::kOutbox, numbered_key(kOutboxPrefix, memory_.outbox_begin));
    }
}

// The log is in order of arrival: a late span's decision, older by its effective time, waits for
// those before it.
Result<void> RowWriter::trim_decisions(int64_t before_ms) {
    size_t removed = 0;
    uint64_t next = memory_.decisions_begin;
    Result<void> outcome;
    Result<void> read = database_.scan(
        {index_of(Family::kDecisions), numbered_key(kDecisionPrefix, next), {}},
        [&](auto key, auto value) {
            const std::optional<Decision> decision = decode_decision(value);
            const std::optional<uint64_t> sequence = parse_numbered_key(kDecisionPrefix, key);
            if (!decision || !sequence) {
                outcome = broken_row(key);
                return false;
            }
            if (decision->effective_ms >= before_ms || removed == kDecisionsRemovedMax) {
                return false;
            }
            erase(Family::kDecisions, key);
            next = *sequence + 1;
            ++removed;
            return true;
        });
    memory_.decisions_begin = next;
    return read ? outcome : read;
}

// Removes the oldest by arrival, but none that is still to be sent.
Result<void> RowWriter::trim_dead_letters() {
    if (memory_.dead_letter_bytes <= memory_.dead_letter_bytes_max) {
        return {};
    }
    size_t removed = 0;
    Result<void> outcome;
    const auto trim = [&](std::string_view key, std::string_view value) {
        const std::optional<TextRecord> arrival = decode_text(value);
        const std::optional<uint64_t> sequence = parse_numbered_key(kArrivalPrefix, key);
        if (!arrival || !sequence) {
            outcome = broken_row(key);
            return false;
        }
        if (*sequence >= memory_.outbox_begin || removed++ == kDeadLettersRemovedMax ||
            memory_.dead_letter_bytes <= memory_.dead_letter_bytes_max) {
            return false;
        }
        const Result<bool> may_go = may_trim(arrival->text, *sequence);
        if (!may_go) {
            outcome = tl::make_unexpected(may_go.error());
            return false;
        }
        if (*may_go) {
            erase(Family::kDead, arrival->text);
        }
        erase(Family::kDead, key);
        memory_.dead_letter_bytes -= std::min(memory_.dead_letter_bytes, arrival->size);
        memory_.arrivals_begin = *sequence + 1;
        return true;
    };
    Result<void> read = database_.scan({index_of(Family::kDead),
                                        numbered_key(kArrivalPrefix, memory_.arrivals_begin),
                                        after_prefix(kArrivalPrefix)},
                                       trim);
    return read ? outcome : read;
}

// False where the same record was refused again later (in a log that was made again), because the
// row is then of the later one. Also false where the record crashed the process: a replay of the
// log must be able to see that, and there are only as many of these as there were crashes.
Result<bool> RowWriter::may_trim(const std::string& dead_key, uint64_t sequence) {
    rocksdb::PinnableSlice value;
    const rocksdb::Status status =
        database_.db().Get({}, database_.family(index_of(Family::kDead)), dead_key, &value);
    if (status.IsNotFound()) {
        return missing_row(dead_key);  // the newest arrival of a record takes its row along
    }
    if (!status.ok()) {
        return database_.error("read", status);
    }
    const std::optional<DeadLetter> letter = decode_dead_letter(value.ToStringView());
    if (!letter) {
        return broken_row(dead_key);
    }
    return letter->sequence == sequence && !has_crashed(*letter);
}

Result<void> RowWriter::replace_panes(const Commit& commit) {
    for (const Commit::PanePut& pane : commit.panes) {
        if (!pane.replaces) {
            continue;
        }
        Result<void> read = database_.scan({index_of(Family::kPanes),
                                            pane_row_key(pane.pane, 0),
                                            pane_row_key(pane.pane.next(), 0)},
                                           [&](auto key, auto /*value*/) {
                                               erase(Family::kPanes, key);
                                               return true;
                                           });
        if (!read) {
            return read;
        }
    }
    return {};
}

}  // namespace spantoll::store
