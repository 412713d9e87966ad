#include <algorithm>
#include <map>
#include <optional>

#include "ingest/limits.h"
#include "store/codec/pane_codec.h"
#include "tools/engine/engine.h"
#include "tools/engine/stored_totals.h"

namespace spantoll::tools {

void Engine::restore(const store::LoadedState& state) {
    is_cold_ = state.warm.empty();
    short_lived_before_ = state.short_lived_kinds;
    for (const store::AccountNumber& row : state.accounts) {
        ledger_.restore_account(row.account, row.id);
    }
    for (const RollingRow& row : state.rollings) {
        ledger_.restore(row);
    }
    for (const auto& [account, period] : state.open_periods) {
        ledger_.restore_period(account, period.first, period.second);
    }
    for (const auto& [account, period] : state.left_windows) {
        ledger_.changed_periods().give_up(account, period);
    }
    for (const store::AnchorRow& row : state.anchors) {
        const std::optional<uint32_t> window =
            plans_.find_window({row.window, 0, row.skips_failed, row.series});
        if (window) {
            ledger_.restore_anchor(row.account, *window, row.anchor_ms);
        } else {
            uncounted_anchors_.push_back(row);
        }
    }
    for (const auto& [pane, entries] : state.open_panes) {
        ledger_.restore_open_pane(pane, entries);
    }
    const Pane first_open = state.watermark.closed_pane;
    ledger_.finish_restore(first_open);
    panes_unknown_below_ = first_open;
    watermark_.restore(state.watermark.watermark_ms, state.watermark.is_live);
    for (const store::DedupIds& ids : state.dedup) {
        dedup_.restore(ids.expiry_pane, ids.hashes);
    }
    restore_partitions(state);
    const int64_t effective_ms = options_.command_at_ms || first_open.is_set()
                                     ? command_time_ms(options_.command_at_ms.value_or(0))
                                     : std::max<int64_t>(0, watermark_.time_ms_max());
    restore_policy(state, effective_ms);
}

void Engine::restore_partitions(const store::LoadedState& state) {
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
}

// Levels as they were, judged anew where limits have changed.
void Engine::restore_policy(const store::LoadedState& state, int64_t effective_ms) {
    StoredTotals totals(state, meters_);
    const auto total_of = [&](const EnforceRow& row, const Limit& limit) {
        return totals.total_of(row, limit);
    };
    Grants stored;
    for (const Grant& grant : state.grants) {
        stored.restore(grant);
    }
    const auto added_to = [&](const EnforceRow& row) {
        return stored.added_to({row.limit, row.account}) +
               stored.added_to({row.limit, std::string(kEveryAccount)});
    };
    policy_.restore({state.enforces,
                     state.limits,
                     effective_ms,
                     total_of,
                     added_to,
                     kinds_with_other_windows(state)},
                    decisions_);
    has_changes_ = has_changes_ || !decisions_.empty();
}

// Kinds that are short-lived now and were not, or the other way round.
std::vector<bool> Engine::kinds_with_other_windows(const store::LoadedState& state) const {
    std::vector<bool> all;
    for (KindIndex kind = 0; kind < kinds_.all().size(); ++kind) {
        const auto is_it = [&](const auto& before) { return before.name == kinds_.at(kind).name; };
        const bool was_short_lived =
            std::any_of(state.short_lived_kinds.begin(), state.short_lived_kinds.end(), is_it);
        all.push_back(!state.is_fresh && was_short_lived != kinds_.is_short_lived(kind));
    }
    return all;
}

void Engine::collect(store::Commit& commit, window::CommitScope scope) {
    commit = {};
    departed_.clear();
    ledger_.begin_commit(scope);
    collect_panes(commit);
    collect_accounts(commit);
    collect_periods(commit);
    collect_decisions(commit);
    collect_positions(commit);
    commit.commands = std::exchange(commands_, {});
    commit.removed.commands = std::exchange(forgotten_, {});
    commit.grants = grants_.take_added();
    commit.removed.grants = grants_.take_removed();
    for (auto& [name, key] : std::exchange(changed_keys_, {})) {
        commit.keys.push_back(std::move(key));
    }
    if (command_position_) {
        commit.command_positions.push_back(*std::exchange(command_position_, {}));
    }
    if (plans_changed_) {
        collect_plans(commit);
    }
    if (zone_release_changed_) {
        commit.zones.push_back({options_.zone_release});
    }
    if (has_warmed_) {
        commit.warm.push_back({});
    }
    for (; meters_committed_ < meters_.size(); ++meters_committed_) {
        const auto id = static_cast<MeterId>(meters_committed_);
        commit.new_meters.emplace_back(id, meters_.name(id));
    }
}

void Engine::collect_panes(store::Commit& commit) {
    keep_late_entries();
    const Pane first_open = ledger_.first_open_pane();
    const Pane first_kept = first_open.is_set() ? first_open.plus(1 - longest_window_) : kUnsetPane;
    for (auto& pending : pending_panes_) {
        const Pane pane = pending.first;
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
    for (const auto& [pane, added] : ledger_.changed_panes().take_open_entries()) {
        commit.panes.push_back({Pane(pane), false, store::encode_pane(added)});
    }
    if (first_kept.is_set()) {
        commit.panes_below_removed = first_kept;
    }
}

void Engine::collect_accounts(store::Commit& commit) {
    const window::RowSchedule::CommitRows& written = ledger_.rows().commit_rows();
    if (!written.journal_row.empty()) {
        commit.journal_row = {written.journal_number, written.journal_row};
    }
    commit.journal_begin = written.journal_begin;
    collect_account_rows(commit);
    collect_anchors(commit);
    for (auto& gone : ledger_.changed_periods().take_given_up()) {
        (gone.is_configured ? commit.period_removes : commit.window_removes)
            .emplace_back(std::move(gone.account), gone.period);
    }
    commit.enforces = policy_.take_dirty_rows();
    for (auto& removed : policy_.take_removed_rows()) {
        // A mere streak has a row of another key, which the removal leaves, as it comes first.
        const bool is_back =
            std::any_of(commit.enforces.begin(), commit.enforces.end(), [&](const EnforceRow& row) {
                return row.number > 0 && row.account == removed.first &&
                       row.limit == removed.second;
            });
        if (!is_back) {
            commit.enforce_removes.push_back(std::move(removed));
        }
    }
    commit.next_account_id = ledger_.next_account_id();
}

// Rows that say that an account is in memory.
void Engine::collect_account_rows(store::Commit& commit) {
    for (const window::RowSchedule::Departure& gone : ledger_.changed_rows().take_departures()) {
        for (const int64_t minutes : gone.window_minutes) {
            // Where it has one it is back, with a row of its own.
            if (!ledger_.has_row(gone.account, minutes)) {
                commit.rolling_removes.emplace_back(gone.account, minutes);
            }
        }
        if (gone.has_account_row) {
            commit.removed.accounts.push_back({gone.account, {}});
        }
        if (ledger_.find(gone.account) == window::kNoAccount) {
            departed_.push_back(gone.account);
        }
    }
    for (const window::AccountIndex index : ledger_.rows().commit_rows().accounts) {
        const bool needs_row = !ledger_.id(index).is_none() && ledger_.plan(index).is_short_lived &&
                               !ledger_.account(index).rows.is_stored;
        if (needs_row) {
            commit.accounts.push_back({ledger_.text(index), ledger_.id(index)});
        }
    }
}

void Engine::collect_plans(store::Commit& commit) {
    commit.has_limits = true;
    commit.limits = options_.settings.limits;
    commit.limit_series = series_;
    commit.next_slot = next_slot_;
    commit.removed.short_lived_kinds = short_lived_before_;
    for (std::string& name : kinds_.short_lived_names()) {
        commit.short_lived_kinds.push_back({std::move(name)});
    }
}

void Engine::collect_anchors(store::Commit& commit) {
    commit.removed.anchors = std::exchange(uncounted_anchors_, {});
    for (window::AccountAnchors::Change& change : ledger_.changed_anchors().take_changes()) {
        const window::CalendarWindow& calendar = plans_.windows()[change.window];
        std::vector<store::AnchorRow>& rows =
            change.anchor_ms ? commit.anchors : commit.removed.anchors;
        rows.push_back({std::move(change.account),
                        calendar.window,
                        calendar.skips_failed,
                        calendar.series,
                        change.anchor_ms.value_or(0)});
    }
}

void Engine::collect_periods(store::Commit& commit) {
    // What is purged is what was committed before; rows of this commit must not bring it back.
    commit.periods_purged = std::exchange(purges_, {});
    for (window::PeriodChange& change : ledger_.changed_periods().take_ended_totals()) {
        if (!change.is_configured) {
            commit.window_removes.emplace_back(std::move(change.account), change.period);
        } else if (!is_past_retention(change.period)) {
            commit.periods.push_back({std::move(change.account),
                                      change.period,
                                      std::move(change.totals),
                                      change.is_new});
        }
    }
    for (window::PeriodChange& change : ledger_.changed_periods().take_merges()) {
        if (is_past_retention(change.period)) {
            continue;
        }
        commit.period_merges.push_back(
            {std::move(change.account), change.period, std::move(change.totals)});
    }
}

void Engine::collect_decisions(store::Commit& commit) {
    name_owners();
    for (Decision& decision : decisions_) {
        commit.decisions.push_back({next_sequence_++, std::move(decision)});
    }
    decision_count_ += decisions_.size();
    commit.dead_letters = std::move(dead_letters_);
    for (DeadLetter& letter : commit.dead_letters) {
        letter.sequence = next_sequence_++;
    }
    dead_letters_.clear();
    dead_letter_bytes_ = 0;
    decisions_.clear();
    owners_named_ = 0;
    if (ledger_.first_open_pane().is_set()) {
        commit.decisions_removed_before_ms =
            ledger_.first_open_pane().start_ms() - options_.settings.retention.decisions_ms;
    }
}

void Engine::keep_dead_letter(const ingest::Record& record,
                              std::vector<std::pair<uint32_t, Refusal>> refused,
                              std::string detail) {
    const TopicPartition& source = options_.partitions[record.partition];
    DeadLetter letter;
    letter.topic = source.topic;
    letter.partition = source.partition;
    letter.offset = record.offset;
    letter.refused = std::move(refused);
    letter.size = record.bytes.size();
    letter.bytes = record.bytes.substr(0, ingest::kDeadLetterBytesMax);
    letter.content_type = record.content_type();
    letter.detail = std::move(detail);
    dead_letter_bytes_ += sizeof(DeadLetter) + letter.bytes.size();
    dead_letters_.push_back(std::move(letter));
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

std::vector<std::pair<TopicPartition, int64_t>> Engine::offsets_before() const {
    std::vector<std::pair<TopicPartition, int64_t>> before;
    for (size_t i = 0; i < options_.partitions.size(); ++i) {
        before.emplace_back(options_.partitions[i], offsets_[i].next_offset);
    }
    return before;
}

void Engine::continue_counters_of(const Engine& before) {
    unpriced_spans_ += before.unpriced_spans_;
    costless_spans_ += before.costless_spans_;
    decision_count_ += before.decision_count_;
}

std::vector<window::AccountIndex> Engine::changed_accounts() const {
    const window::RowSchedule::CommitRows& rows = ledger_.rows().commit_rows();
    std::vector<window::AccountIndex> changed = rows.accounts;
    changed.insert(changed.end(), rows.journaled.begin(), rows.journaled.end());
    return changed;
}

void Engine::note_read_to_end() {
    if (is_cold_) {
        is_cold_ = false;
        has_warmed_ = true;
        has_changes_ = true;
    }
}

void Engine::keep_command(Command command, const CommandPosition& position) {
    commands_.push_back(std::move(command));
    command_position_ = position;
    has_changes_ = true;
}

std::vector<bool> Engine::closed_kinds() {
    std::vector<bool> closed;
    for (size_t kind = 0; kind < kinds_.all().size(); ++kind) {
        closed.push_back(ledger_.is_closed(static_cast<KindIndex>(kind)));
    }
    return closed;
}

void Engine::committed() {
    ledger_.end_commit();
    std::fill(partition_is_dirty_.begin(), partition_is_dirty_.end(), false);
    has_changes_ = false;
    plans_changed_ = false;
    zone_release_changed_ = false;
    has_warmed_ = false;
    spans_since_commit_ = 0;
}

void Engine::advance_position(PartitionIndex partition, int64_t next_offset) {
    if (next_offset > offsets_[partition].next_offset) {
        offsets_[partition].next_offset = next_offset;
        partition_is_dirty_[partition] = true;
        has_changes_ = true;
    }
}

void Engine::move_position(PartitionIndex partition, int64_t next_offset) {
    offsets_[partition].next_offset = next_offset;
    offsets_[partition].last_offset = -1;
    offsets_[partition].last = {};
    partition_is_dirty_[partition] = true;
    has_changes_ = true;
}

void Engine::set_fingerprint(PartitionIndex partition, int64_t offset, Fingerprint fingerprint) {
    offsets_[partition].last_offset = offset;
    offsets_[partition].last = fingerprint;
}

}  // namespace spantoll::tools
