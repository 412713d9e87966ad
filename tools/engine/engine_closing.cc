#include <algorithm>
#include <limits>

#include "schemas/check.h"
#include "store/codec/pane_codec.h"
#include "tools/engine/engine.h"
#include "window/calendar.h"

namespace spantoll::tools {

void Engine::set_vote(PartitionIndex partition, window::WatermarkVote vote) {
    if (options_.clocks == PartitionClocks::kOne || watermark_.vote(partition) == vote) {
        return;
    }
    const int64_t before = watermark_.value_ms();
    watermark_.set_vote(partition, vote);
    if (watermark_.value_ms() != before) {
        has_changes_ = true;
        follow_watermark();
    }
}

void Engine::advance_in_silence(int64_t watermark_ms) {
    if (!watermark_.is_set() || !watermark_.is_live() || watermark_ms <= watermark_.value_ms()) {
        return;
    }
    watermark_.advance_to(watermark_ms);
    has_changes_ = true;
    follow_watermark();
}

void Engine::close_to_end() {
    if (watermark_.is_set() && watermark_.time_ms_max() > watermark_.value_ms()) {
        watermark_.advance_to(watermark_.time_ms_max());
        has_changes_ = true;
        follow_watermark();
    }
}

// Brings C to W: panes close one after the other, in order; those at which nothing can change are
// skipped in one step.
void Engine::follow_watermark() {
    if (!watermark_.is_set() || failure_) {
        return;
    }
    const Pane target = pane_of(EventTime(watermark_.value_ms()));
    if (!ledger_.first_open_pane().is_set()) {
        const Pane charged(ledger_.rolling().first_charged_open_pane());
        ledger_.open_at(charged.is_set() ? std::min(charged, target) : target);
    }
    if (ledger_.first_open_pane() >= target) {
        return;
    }
    const int64_t before_ms = ledger_.first_open_pane().start_ms();
    while (ledger_.first_open_pane() < target && !failure_) {
        const Pane next = next_event_pane();
        if (next >= target) {
            ledger_.open_at(target);
            break;
        }
        ledger_.open_at(next);
        close_one_pane();
    }
    while (dedup_.oldest_pane().is_set() && dedup_.oldest_pane() < target && !failure_) {
        forget_oldest_ids();
    }
    note_purges(before_ms, target.start_ms());
}

void Engine::close_one_pane() {
    const Pane pane = ledger_.first_open_pane();
    entries_.clear();
    ledger_.close_pane(entries_);
    if (!entries_.empty()) {
        // Packed at once, a quarter of the memory, while it is in the cache.
        pending_panes_[pane].closed = store::encode_pane(entries_);
        stored_panes_.insert(pane);
    }
    for (const int64_t length : plans_.rolling_lengths()) {
        expire_pane(length, pane.plus(1 - length));
    }
    const std::vector<window::EndedPeriod> ended = ledger_.ended_periods();
    policy_.judge_closing(ended, decisions_);
    ledger_.forget_ended(ended);
    end_grants_at(ledger_.first_open_pane().start_ms());
    ledger_.leave([&](window::AccountIndex account) { return policy_.may_leave(account); });
}

void Engine::keep_late_entries() {
    for (const auto& [index, entries] : ledger_.changed_panes().take_late_entries()) {
        const Pane pane(index);
        std::vector<PaneEntry>& all = pending_panes_[pane].late;
        all.insert(all.end(), entries.begin(), entries.end());
        stored_panes_.insert(pane);
    }
}

void Engine::expire_pane(int64_t window_minutes, Pane pane) {
    keep_late_entries();
    const bool may_exist = pane < panes_unknown_below_ || stored_panes_.contains(pane);
    if (!may_exist) {
        return;
    }
    const auto pending = pending_panes_.find(pane);
    if (pending != pending_panes_.end()) {
        entries_.clear();
        const bool is_sound =
            pending->second.closed.empty() || store::decode_pane(pending->second.closed, entries_);
        CHECK(is_sound, "what was packed can be unpacked");
        ledger_.expire(window_minutes, entries_);
        ledger_.expire(window_minutes, pending->second.late);
    }
    if (pending == pending_panes_.end() || pending->second.closed.empty()) {
        const Result<void> read = options_.read_pane(
            pane, [&](auto entries) { ledger_.expire(window_minutes, entries); });
        if (!read) {
            failure_ = read.error();
            return;
        }
    }
    if (window_minutes == longest_window_) {
        stored_panes_.erase(stored_panes_.begin(), stored_panes_.upper_bound(pane));
    }
}

void Engine::forget_oldest_ids() {
    const Pane pane = dedup_.oldest_pane();
    if (dedup_.is_stored(pane)) {
        const Result<void> read = options_.read_dedup(pane, [&](auto ids) { dedup_.erase(ids); });
        if (!read) {
            failure_ = read.error();
            return;
        }
    }
    dedup_.forget(pane);
}

Pane Engine::next_event_pane() const {
    const Pane open = ledger_.first_open_pane();
    Pane next = std::min(ledger_.next_event_pane(), policy_.next_event_pane());
    if (const std::optional<int64_t> end_ms = grants_.next_end_ms()) {
        // The first closing that ends at it or later.
        next = std::min(next, pane_of(EventTime(*end_ms - 1)));
    }
    for (const int64_t length : plans_.rolling_lengths()) {
        // Pane x leaves a window of N at the closing of x + N - 1.
        const Pane leaving = open.plus(1 - length);
        if (panes_unknown_below_.is_set() && leaving < panes_unknown_below_) {
            return open;
        }
        const auto expiring = stored_panes_.lower_bound(leaving);
        if (expiring != stored_panes_.end()) {
            next = std::min(next, expiring->plus(length - 1));
        }
    }
    return std::max(next, open);
}

// Periods whose retention ran out between two positions of C.
void Engine::note_purges(int64_t before_ms, int64_t after_ms) {
    const RetentionSettings& kept = options_.settings.retention;
    for (const window::CalendarWindow& calendar : plans_.windows()) {
        if (!calendar.is_configured) {
            continue;
        }
        const int64_t kept_ms = retention_ms_of(kept, calendar.window.kind);
        const EventTime last{after_ms - kept_ms - 1};
        Period period = window::period_of(calendar.window, EventTime{before_ms - kept_ms});
        while (window::period_end_ms(period) <= last.ms + 1) {
            purges_.push_back(period);
            period = {calendar.window, window::period_end_ms(period)};
        }
    }
}

bool Engine::is_past_retention(const Period& period) const {
    const Pane first_open = ledger_.first_open_pane();
    const int64_t kept_ms = retention_ms_of(options_.settings.retention, period.window.kind);
    return first_open.is_set() && window::period_end_ms(period) + kept_ms <= first_open.start_ms();
}

}  // namespace spantoll::tools
