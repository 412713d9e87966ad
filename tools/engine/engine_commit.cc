#include <algorithm>
#include <map>

#include "enforce/decision_json.h"
#include "store/codec/pane_codec.h"
#include "tools/engine/engine.h"

namespace spantoll::tools {
namespace {

// ROLLING rows of one account after the other, one for every length among its counters, in memory
// that is used again.
class RollingRows {
  public:
    void put(const window::Ledger& ledger, window::AccountIndex index, store::AccountRows& rows) {
        const window::Account& account = ledger.account(index);
        const window::Plan& plan = ledger.plan(index);
        size_t count = 0;
        for (size_t i = 0; i < plan.counters.size(); ++i) {
            Used& used = used_of(plan.counters[i].window_minutes, count);
            used.row.last_charged_pane =
                std::max(used.row.last_charged_pane, account.counters[i].last_charged_pane);
            add_meter(plan.counters[i], account.counters[i], used);
        }
        for (size_t at = 0; at < count; ++at) {
            RollingRow& row = rows_[at].row;
            row.account = ledger.text(index);
            row.account_id = ledger.id(index);
            row.as_of = account.as_of;
            row.open_pane = ledger.open_pane(index);
            row.meters.resize(rows_[at].meters);
            rows.put(row);
        }
    }

  private:
    struct Used {
        RollingRow row;
        size_t meters = 0;
    };

    Used& used_of(int64_t window_minutes, size_t& count) {
        for (size_t at = 0; at < count; ++at) {
            if (rows_[at].row.window_minutes == window_minutes) {
                return rows_[at];
            }
        }
        if (count == rows_.size()) {
            rows_.emplace_back();
        }
        Used& used = rows_[count++];
        used.meters = 0;
        used.row.window_minutes = window_minutes;
        used.row.last_charged_pane = kUnset;
        return used;
    }

    static void add_meter(const window::CounterSpec& spec,
                          const window::RollingCounter& counter,
                          Used& used) {
        const size_t at = used.meters++;
        if (at == used.row.meters.size()) {
            used.row.meters.emplace_back();
        }
        RollingMeterRow& meter = used.row.meters[at];
        meter.meter = spec.meter;
        meter.slot = counter.slot;
        meter.live = counter.live;
        meter.closed = counter.closed;
        meter.sample = counter.sample;
        meter.emas.assign(counter.emas.begin(), counter.emas.end());
    }

    std::vector<Used> rows_;
};

}  // namespace

void Engine::restore(const store::LoadedState& state) {
    for (const RollingRow& row : state.rollings) {
        ledger_.restore(row);
    }
    for (const auto& [account, period] : state.open_periods) {
        ledger_.restore_period(account, period.first, period.second);
    }
    for (const auto& [pane, entries] : state.open_panes) {
        ledger_.restore_open_pane(pane, entries);
    }
    const int64_t first_open = state.watermark.closed_pane;
    ledger_.finish_restore(first_open, state.next_account_id);
    panes_unknown_below_ = first_open;
    watermark_.restore(state.watermark.watermark_ms, state.watermark.is_live);
    for (const store::DedupIds& ids : state.dedup) {
        dedup_.restore(ids.expiry_pane, ids.hashes);
    }
    for (size_t i = 0; i < options_.partitions.size(); ++i) {
        const auto is_mine = [&](const auto& row) { return row.first == options_.partitions[i]; };
        const auto offset = std::find_if(state.offsets.begin(), state.offsets.end(), is_mine);
        if (offset != state.offsets.end()) {
            offsets_[i] = offset->second;
            const PartitionIndex clock =
                options_.clocks == PartitionClocks::kOne ? 0 : static_cast<PartitionIndex>(i);
            if (offsets_[i].time_ms_max > watermark_.time_ms_max(clock)) {
                watermark_.restore_partition(clock, offsets_[i].time_ms_max);
            }
        }
        const auto counts = std::find_if(state.counts.begin(), state.counts.end(), is_mine);
        if (counts != state.counts.end()) {
            counts_[i] = counts->second;
        }
    }
    const int64_t effective_ms = first_open != kUnset
                                     ? first_open * kMinuteMs
                                     : std::max<int64_t>(0, watermark_.time_ms_max());
    policy_.restore({state.enforces, state.limits, effective_ms}, decisions_);
    has_changes_ = has_changes_ || !decisions_.empty();
}

void Engine::collect(store::Commit& commit, window::CommitScope scope) {
    commit.clear();
    collect_panes(commit);
    collect_accounts(commit, scope);
    collect_periods(commit);
    collect_decisions(commit);
    collect_positions(commit);
    if (limits_changed_) {
        commit.has_limits = true;
        commit.limits = options_.settings.limits;
        commit.next_slot = next_slot_;
    }
    for (; meters_committed_ < meters_.size(); ++meters_committed_) {
        const auto id = static_cast<MeterId>(meters_committed_);
        commit.new_meters.emplace_back(id, meters_.name(id));
    }
}

void Engine::collect_panes(store::Commit& commit) {
    keep_late_entries();
    const int64_t first_open = ledger_.first_open_pane();
    const int64_t first_kept = first_open == kUnset ? kUnset : first_open - longest_window_ + 1;
    for (auto& pending : pending_panes_) {
        const int64_t pane = pending.first;
        if (pane < first_kept) {
            continue;
        }
        if (!pending.second.closed.empty()) {
            commit.panes.push_back({pane, true, std::move(pending.second.closed)});
        }
        if (!pending.second.late.empty()) {
            commit.panes.push_back({pane, false, store::encode_pane(pending.second.late)});
        }
    }
    pending_panes_.clear();
    for (const auto& [pane, added] : ledger_.take_open_entries()) {
        commit.panes.push_back({pane, false, store::encode_pane(added)});
    }
    if (first_kept != kUnset) {
        commit.panes_below_removed = first_kept;
    }
}

void Engine::collect_accounts(store::Commit& commit, window::CommitScope scope) {
    const window::Ledger::Settlement& settlement = ledger_.settle(scope);
    if (!settlement.journal_row.empty()) {
        commit.journal_row = {settlement.journal_number, settlement.journal_row};
    }
    commit.journal_begin = settlement.journal_begin;
    commit.account_count = settlement.accounts.size();
    commit.put_accounts = [this](store::AccountRows& rows) { put_accounts(rows); };
    for (const window::Ledger::Departure& gone : ledger_.take_departures()) {
        for (const int64_t minutes : gone.window_minutes) {
            // Where it has one it is back, with a row of its own.
            if (!ledger_.has_row(gone.account, minutes)) {
                commit.rolling_removes.emplace_back(gone.account, minutes);
            }
        }
    }
    for (auto& gone : ledger_.take_given_up()) {
        commit.period_removes.push_back(std::move(gone));
    }
    commit.enforces = policy_.take_dirty_rows();
    for (auto& removed : policy_.take_removed_rows()) {
        const bool is_back =
            std::any_of(commit.enforces.begin(), commit.enforces.end(), [&](const EnforceRow& row) {
                return row.account == removed.first && row.limit == removed.second;
            });
        if (!is_back) {
            commit.enforce_removes.push_back(std::move(removed));
        }
    }
    commit.next_account_id = ledger_.next_account_id();
}

void Engine::put_accounts(store::AccountRows& rows) const {
    RollingRows rollings;
    for (const window::AccountIndex index : ledger_.settlement().accounts) {
        if (ledger_.id(index) == 0) {
            continue;
        }
        const window::Account& account = ledger_.account(index);
        const std::string& text = ledger_.text(index);
        for (const window::OpenPeriod& period : account.periods) {
            if (period.is_dirty) {
                const window::CalendarWindow& calendar = plans_.windows()[period.window];
                rows.put(store::PeriodPut{
                    text, {calendar.window, period.start_ms}, &period.totals, period.is_new});
            }
        }
        rollings.put(ledger_, index, rows);
    }
}

void Engine::collect_periods(store::Commit& commit) {
    // What is purged is what was committed before; rows of this commit must not bring it back.
    commit.periods_purged = std::exchange(purges_, {});
    ended_totals_ = ledger_.take_ended_totals();
    for (const window::Ledger::PeriodChange& change : ended_totals_) {
        if (change.is_configured && is_past_retention(change.period)) {
            continue;
        }
        if (change.is_configured) {
            commit.periods.push_back(
                {change.account, change.period, &change.totals, change.is_new});
        } else {
            commit.period_removes.emplace_back(change.account, change.period);
        }
    }
    for (window::Ledger::PeriodChange& change : ledger_.take_merges()) {
        if (is_past_retention(change.period)) {
            continue;
        }
        commit.period_merges.push_back({change.account, change.period, std::move(change.totals)});
    }
}

void Engine::collect_decisions(store::Commit& commit) {
    for (const Decision& decision : decisions_) {
        store::StoredDecision stored;
        stored.sequence = next_sequence_++;
        stored.effective_ms = decision.effective_ms;
        stored.id = decision_id(decision);
        stored.account = decision.account;
        stored.json = enforce::decision_json(decision);
        commit.decisions.push_back(std::move(stored));
    }
    decision_count_ += decisions_.size();
    commit.dead_letters = std::move(dead_letters_);
    for (store::DeadLetter& letter : commit.dead_letters) {
        letter.sequence = next_sequence_++;
    }
    dead_letters_.clear();
    dead_letter_bytes_ = 0;
    decisions_.clear();
    if (ledger_.first_open_pane() != kUnset) {
        commit.decisions_removed_before_ms =
            ledger_.first_open_pane() * kMinuteMs - options_.settings.retention.decisions_ms;
    }
}

void Engine::collect_positions(store::Commit& commit) {
    for (size_t i = 0; i < options_.partitions.size(); ++i) {
        if (partition_is_dirty_[i]) {
            commit.offsets.emplace_back(options_.partitions[i], offsets_[i]);
            commit.counts.emplace_back(options_.partitions[i], counts_[i]);
        }
    }
    if (watermark_.is_set()) {
        commit.watermark =
            WatermarkRow{watermark_.value_ms(), ledger_.first_open_pane(), watermark_.is_live()};
    }
    for (auto& [pane, hashes] : dedup_.take_added()) {
        commit.dedup.push_back({pane, std::move(hashes)});
    }
    commit.dedup_removed = dedup_.take_forgotten();
}

std::vector<bool> Engine::closed_kinds() {
    std::vector<bool> closed;
    for (size_t kind = 0; kind < kinds_.all().size(); ++kind) {
        closed.push_back(ledger_.is_closed(static_cast<KindIndex>(kind)));
    }
    return closed;
}

void Engine::committed() {
    ledger_.settled();
    ended_totals_.clear();
    std::fill(partition_is_dirty_.begin(), partition_is_dirty_.end(), false);
    has_changes_ = false;
    limits_changed_ = false;
    spans_since_commit_ = 0;
}

}  // namespace spantoll::tools
