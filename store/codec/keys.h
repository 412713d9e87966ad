#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "schemas/event_time.h"
#include "schemas/position.h"
#include "schemas/rows.h"

namespace spantoll::store {

// Keys of rows (docs/store-format.md). Accounts, limits and labels arrive escaped: they hold no
// byte below 0x20 and accounts no '/' or '#', so that no two rows share a key.
//
//     FEDCOST#<account>/PERIOD#<label>        META/FORMAT    META/WATERMARK
//     PERIOD#<label>/INSTANCE#<account>       META/OFFSET#<topic>/<partition>
//     ROLLING#<account>/<length>              META/COUNTS#<topic>/<partition>
//     ENFORCE#<account>/<limit>               OUTBOX#<sequence>    META/ZONES
//     COMMAND#<number>    GRANT#<number>      DEAD#<topic>/<partition>/<offset>
//     KEY#<name>                              META/COMMANDS
//
// and internal rows, which `dump` shows with --all alone:
//
//     WINDOW#<account>/<label>    a window without a FEDCOST row: its label; then, where its kind
//                                 and length do not say all, " every 5h from first", "_ok" where
//                                 the totals leave out what failed, and, where limits began later,
//                                 the series: " ~2"
//     ANCHOR#<account>/<window>   where an account's own lattice begins
//     STREAK#<account>/<limit>    before the first decision
//     DECISION#<sequence>         the decision log      ARRIVAL#<sequence>   order of dead letters
//     METER#<id>                  names of usage meters LIMIT#<index>        limits judged with
//     AUDIT#<wall ms>/<n>         acts of an operator   NEXT                 next free numbers
//     RUNNING                     a process runs, or has crashed
//     SINK#<name>                 how far an output has come
//     ACCOUNT#<account>           a short-lived account is in memory
//     WARM                        the input was read to its end once
//     SHORT#<kind>                which kinds were short-lived
//     PANE#<pane>/<row>           16 bytes, two big-endian integers; so shown
//     DEDUP#<expiry pane>/<row>   the same
//
// and rows that `dump` never shows, because it adds them to the others:
//
//     JOURNAL#<number>            charges to accounts whose rows are older
//
// Numbers in text keys have 20 digits, so that they sort as numbers.

inline constexpr std::string_view kFedcostPrefix = "FEDCOST#";
inline constexpr std::string_view kWindowPrefix = "WINDOW#";
inline constexpr std::string_view kIndexPrefix = "PERIOD#";
inline constexpr std::string_view kIndexInfix = "/INSTANCE#";
inline constexpr std::string_view kRollingPrefix = "ROLLING#";
inline constexpr std::string_view kEnforcePrefix = "ENFORCE#";
inline constexpr std::string_view kStreakPrefix = "STREAK#";
inline constexpr std::string_view kFormatKey = "META/FORMAT";
inline constexpr std::string_view kWatermarkKey = "META/WATERMARK";
inline constexpr std::string_view kNextKey = "NEXT";
inline constexpr std::string_view kRunningKey = "RUNNING";
inline constexpr std::string_view kOutboxPrefix = "OUTBOX#";
inline constexpr std::string_view kDeadPrefix = "DEAD#";
inline constexpr std::string_view kArrivalPrefix = "ARRIVAL#";
inline constexpr std::string_view kDecisionPrefix = "DECISION#";
inline constexpr std::string_view kMeterPrefix = "METER#";
inline constexpr std::string_view kLimitPrefix = "LIMIT#";
inline constexpr std::string_view kAuditPrefix = "AUDIT#";
inline constexpr std::string_view kJournalPrefix = "JOURNAL#";
inline constexpr std::string_view kPanePrefix = "PANE#";    // of the shown key
inline constexpr std::string_view kDedupPrefix = "DEDUP#";  // of the shown key

// A commit writes tens of thousands of these keys, so they go into a text of the caller's, whose
// memory is used again.
void put_fedcost_key(std::string& key, std::string_view account, std::string_view label);
void put_window_key(std::string& key, std::string_view account, std::string_view label);
void put_index_key(std::string& key, std::string_view label, std::string_view account);
void put_rolling_key(std::string& key, std::string_view account, int64_t window_minutes);
void put_enforce_key(std::string& key, std::string_view account, std::string_view limit);
void put_streak_key(std::string& key, std::string_view account, std::string_view limit);

// `prefix` <account> / <rest>.
void put_account_key(std::string& key,
                     std::string_view prefix,
                     std::string_view account,
                     std::string_view rest);
// What a WINDOW# row has in the place of a label that tells periods of one window apart.
std::string window_row_label(const Period& period);
// `text`, what the totals leave out, and which series of it, unless that is the first:
// "every 5h from first_ok ~2".
std::string series_text(std::string_view text, bool skips_failed, uint32_t series);

// "PERIOD#<label>/INSTANCE#": every account of one period.
std::string index_prefix(std::string_view label);

// `prefix` <topic>/<partition>.
std::string partition_key(std::string_view prefix, const TopicPartition& partition);
std::string dead_key(const TopicPartition& partition, int64_t offset);

// `prefix` and 20 digits.
std::string numbered_key(std::string_view prefix, uint64_t number);
std::string audit_key(int64_t wall_ms, uint64_t number);

// 16 bytes: `pane` (not negative) and `row`, big-endian, so that they sort by pane, then row.
std::string pane_row_key(Pane pane, uint64_t row);
// What `dump` shows for it: `prefix` 20 digits '/' 20 digits; sorts the same way.
std::string shown_pane_row_key(std::string_view prefix, std::string_view key);

// First key after every key that begins with `prefix`, which does not end in byte 0xff.
std::string after_prefix(std::string_view prefix);

// The inverse functions; empty where the key is not one of ours.
struct AccountKey {
    std::string_view account;
    std::string_view rest;  // after the '/': label, length or limit; for FEDCOST with "PERIOD#"
};
std::optional<AccountKey> parse_account_key(std::string_view prefix, std::string_view key);
struct IndexKey {
    std::string_view label;
    std::string_view account;
};
std::optional<IndexKey> parse_index_key(std::string_view key);
std::optional<TopicPartition> parse_partition_key(std::string_view prefix, std::string_view key);
struct DeadKey {
    TopicPartition partition;
    int64_t offset = 0;
};
std::optional<DeadKey> parse_dead_key(std::string_view key);
std::optional<uint64_t> parse_numbered_key(std::string_view prefix, std::string_view key);
struct PaneRowKey {
    Pane pane;
    uint64_t row = 0;
};
std::optional<PaneRowKey> parse_pane_row_key(std::string_view key);

}  // namespace spantoll::store
