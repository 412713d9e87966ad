#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "schemas/account_id.h"
#include "schemas/event_time.h"
#include "schemas/int128.h"
#include "schemas/limit.h"
#include "schemas/money.h"
#include "schemas/position.h"
#include "schemas/refusal.h"
#include "schemas/window_spec.h"

namespace spantoll {

// Index into the store's table of usage meter names; dense from 0, never reused.
using MeterId = uint32_t;

// Distinct usage meters by name; a further one is counted as kOverflowMeter, so that totals by
// meter stay exact and memory bounded: 1024 x (name <= 256 bytes) = 256 KiB.
inline constexpr size_t kUsageMetersMax = 1024;
inline constexpr std::string_view kOverflowMeter = "~other";

struct UsageTotal {
    MeterId meter = 0;
    Int128 quantity = 0;
    bool operator==(const UsageTotal&) const = default;
};

// What one account did in one calendar period: the record of FEDCOST rows. All sums are exact.
// What every charge changes comes first.
struct PeriodTotals {
    Money cost;
    Int128 egress_bytes = 0;
    uint64_t request_count = 0;
    int64_t first_ms = 0;  // least and greatest time_ms of the charged spans
    int64_t last_ms = 0;
    uint64_t error_count = 0;
    Int128 ingress_bytes = 0;
    uint64_t late_count = 0;
    uint64_t unpriced_count = 0;
    std::vector<UsageTotal> usage;  // ascending by meter, none twice
    bool operator==(const PeriodTotals&) const = default;
};

// A calendar period: which window and when it starts (epoch ms).
struct Period {
    WindowSpec window;
    int64_t start_ms = 0;       // 0 for a lifetime
    bool skips_failed = false;  // its totals leave out spans with status error
    // Whose totals over it. 0: of configured periods, and of limits that were there from the
    // beginning; any other: of limits that began together later (CountingPlans).
    uint32_t series = 0;
    auto operator<=>(const Period&) const = default;

    // Whether they are the totals that a configured period has.
    bool is_plain() const { return !skips_failed && series == 0; }
};

// Fixed-point with 6 decimals below the meter's unit.
inline constexpr Int128 kEmaScale = 1'000'000;

struct EmaRow {
    Alpha alpha;
    bool is_set = false;  // false while forgotten
    Int128 value = 0;     // times kEmaScale
    bool operator==(const EmaRow&) const = default;
};

// One rolling counter of an account.
struct RollingMeterRow {
    Meter meter;
    uint32_t slot = 0;  // engine only: names the counter in pane rows (PaneEntry::slot)
    Int128 live = 0;    // sum of all panes > C - N
    Int128 closed = 0;  // the part of `live` in panes < C: what the next sample starts from
    Int128 sample = 0;  // R of the last closed pane
    std::vector<EmaRow> emas;
    bool operator==(const RollingMeterRow&) const = default;
};

// ROLLING#<account>/<window>. The values hold for the closing before `as_of`; from there to C the
// sample did not change, so a reader takes the EMA's steps that are missing (window/ema.h).
struct RollingRow {
    std::string account;
    int64_t window_minutes = 0;
    AccountId account_id;                // engine only: names the account in pane rows
    int64_t as_of = kUnset;              // C when the EMA was last stepped; kUnset = never
    int64_t last_charged_pane = kUnset;  // engine only: highest pane with a nonzero amount
    // Engine only: the highest open pane that was charged, kUnset where none is. What it took in is
    // live - closed, less the entries of pane rows of open panes.
    int64_t open_pane = kUnset;
    std::vector<RollingMeterRow> meters;
    bool operator==(const RollingRow&) const = default;
};

// What one counter of one account took in within a pane. A pane may have several rows with
// entries for the same counter: they add up.
struct PaneEntry {
    AccountId account_id;
    uint32_t slot = 0;  // RollingMeterRow::slot: which counter of the account
    Int128 amount = 0;
    bool operator==(const PaneEntry&) const = default;
};

// The level that one open window of a calendar limit holds.
struct WindowLevelRow {
    int64_t start_ms = 0;
    int32_t step = 0;  // as EnforceRow::step
    // What the account's total was when a command set the limit's to 0; counts no more.
    Int128 base = 0;
    bool operator==(const WindowLevelRow&) const = default;
};

// State of one (limit, account). With number > 0 it is the row ENFORCE#<account>/<limit>; before
// the first decision only a streak is worth keeping, under an internal key.
struct EnforceRow {
    std::string account;
    std::string limit;
    Action level = Action::kNone;
    int64_t since_ms = 0;                   // effective time of the decision that began the level
    std::optional<int64_t> valid_until_ms;  // as last emitted
    int32_t streak = 0;
    uint64_t number = 0;
    bool shadow = false;
    // Engine only from here.
    int32_t step = 0;  // the level as an index into the limit's steps, from 1; 0 = none
    int64_t lease_until_ms = kUnset;  // as renewed, emitted or not; kUnset = no lease
    int64_t emitted_ms = kUnset;      // effective time of the last decision
    // Calendar limits: start of the window that valid_until_ms comes from.
    int64_t expiry_window_start_ms = kUnset;
    std::vector<WindowLevelRow> windows;  // calendar limits: open windows with a level or a base
    bool operator==(const EnforceRow&) const = default;
};

// META/OFFSET#<topic>/<partition>.
struct OffsetRow {
    int64_t next_offset = 0;
    Fingerprint last;              // of the record at next_offset - 1 or the last one before it
    int64_t last_offset = -1;      // which record `last` is of; -1 = none yet
    int64_t time_ms_max = kUnset;  // largest accepted time_ms; kUnset = no span accepted yet
    bool operator==(const OffsetRow&) const = default;
};

// META/COUNTS#<topic>/<partition>. Always polled = accepted + duplicate + sum(refused).
struct CountsRow {
    uint64_t polled = 0;
    uint64_t accepted = 0;
    uint64_t duplicate = 0;
    uint64_t late = 0;
    std::array<uint64_t, kRefusalCount> refused{};  // by Refusal
    uint64_t clamped = 0;  // of the accepted ones: charged at their record's append time
    bool operator==(const CountsRow&) const = default;
};

// META/WATERMARK.
struct WatermarkRow {
    int64_t watermark_ms = kUnset;  // W; kUnset until every partition has a span or a known end
    Pane closed_pane = kUnsetPane;  // C: the first pane not closed; unset with W
    bool is_live = false;  // the span that last moved W was at most 1 h older than its append time
    bool operator==(const WatermarkRow&) const = default;
};

// A record at which a process died, or may have.
struct SuspectRecord {
    TopicPartition partition;
    int64_t offset = 0;
    uint32_t deaths = 0;
    bool operator==(const SuspectRecord&) const = default;
};

// RUNNING: there while a process runs on the store, so a start that finds it follows a crash. After
// a crash it also names the records that are suspected, and which of them is being read.
struct RunningRow {
    std::vector<SuspectRecord> suspects;
    bool is_reading_last = false;  // the last of `suspects` is being decoded and folded
    bool operator==(const RunningRow&) const = default;
};

}  // namespace spantoll
