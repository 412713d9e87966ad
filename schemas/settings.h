#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "schemas/account.h"
#include "schemas/dimension.h"
#include "schemas/event_time.h"
#include "schemas/format.h"
#include "schemas/limit.h"
#include "schemas/price.h"
#include "schemas/window_spec.h"

namespace spantoll {

// The configuration file's tables as values, each with its defaults (docs/configuration.md). Read
// and checked by tools/configuration/configuration.h; every other folder takes the struct it needs.

struct KafkaSettings {
    bool is_configured = false;  // a [kafka] table or --kafka; else the embedded topic
    std::string brokers;         // host:port[,host:port...]; not empty where configured
    std::vector<std::string> topics;
    std::string decisions = "spantoll.decisions";
    std::string dead_letters = "spantoll.dead-letters";
    std::string group = "spantoll";
    std::map<std::string, std::string> properties;  // any librdkafka property
    uint64_t may_lag = 0;                           // as StandardOutputSettings
    bool operator==(const KafkaSettings&) const = default;
};

// The most that an output may lag, in decisions and dead letters.
inline constexpr uint64_t kMayLagMax = 100'000;

struct StandardOutputSettings {
    // 0: it must have every decision. Else so many entries may wait for it before it loses the
    // oldest; it never stops reading.
    uint64_t may_lag = 0;
    bool operator==(const StandardOutputSettings&) const = default;
};

// What becomes of a span with a time too far after its record's append time.
enum class FutureRule : uint8_t {
    kClamp,   // charged at the append time; refused where the record has none
    kRefuse,  // refused
};

inline constexpr std::array<std::string_view, 2> kFutureRuleNames{"clamp", "refuse"};

constexpr std::string_view name_of(FutureRule rule) {
    return kFutureRuleNames[static_cast<size_t>(rule)];
}

struct TimeSettings {
    int64_t lateness_ms = 10'000;
    int64_t idle_after_ms = 30'000;  // kIdleOff: only spans move the watermark
    FutureRule future = FutureRule::kClamp;
    int64_t future_tolerance_ms = 60'000;
    int64_t dedup_horizon_ms = kHourMs;
    uint64_t dedup_ids = 20'000'000;
    int64_t max_skew_ms = 5 * kMinuteMs;
    int64_t oldest_ms = 35 * kDayMs;
    Zone zone{};  // of configured periods, and of limits that name none
    bool operator==(const TimeSettings&) const = default;
};
inline constexpr int64_t kIdleOff = -1;

struct RetentionSettings {
    int64_t hour_ms = 35 * kDayMs;
    int64_t day_ms = 90 * kDayMs;
    int64_t week_ms = 90 * kDayMs;
    int64_t month_ms = 1100 * kDayMs;
    int64_t quarter_ms = 1100 * kDayMs;
    int64_t year_ms = 1100 * kDayMs;
    int64_t decisions_ms = 35 * kDayMs;
    int64_t commands_ms = 1100 * kDayMs;
    uint64_t dead_letters_mb = 64;
    int64_t topic_ms = 7 * kDayMs;
    uint64_t topic_mb = 10'240;
    bool operator==(const RetentionSettings&) const = default;
};

// How long rows of a configured period stay after its end, in ms.
constexpr int64_t retention_ms_of(const RetentionSettings& retention, WindowKind period) {
    switch (period) {
        case WindowKind::kHour:
            return retention.hour_ms;
        case WindowKind::kDay:
            return retention.day_ms;
        case WindowKind::kWeek:
            return retention.week_ms;
        case WindowKind::kMonth:
            return retention.month_ms;
        case WindowKind::kQuarter:
            return retention.quarter_ms;
        case WindowKind::kYear:
            return retention.year_ms;
        case WindowKind::kRolling:
        case WindowKind::kEvery:
        case WindowKind::kLifetime:
            break;
    }
    return 0;  // never a configured period
}

struct AccountSettings {
    uint64_t max_per_kind = 250'000;
    bool accept_credits = false;
    bool split_model = true;               // provider/model is two dimensions
    std::vector<std::string> short_lived;  // kinds, besides those that always are
    std::vector<AccountKind> kinds;        // the configured ones, by name
    std::map<std::string, std::vector<std::string>> parents;  // account -> accounts, no cycles
    bool operator==(const AccountSettings&) const = default;
};

// A virtual key that is more than a value in spans: [[key]], or what a command says of it
// (docs/commands.md#keys), which is then the row KEY#<name>.
struct VirtualKey {
    std::string name;                   // its account is virtual_key:<name>, as written in keys
    std::vector<std::string> ids;       // values of virtual_key in spans that mean it, alike
    std::vector<std::string> sha256;    // of its secrets, lower-case hex
    bool is_active = true;              // what checks say of it: spans are charged all the same
    std::optional<int64_t> expires_ms;  // active before it
    std::vector<std::string> parents;   // accounts, besides those of AccountSettings::parents
    std::string owner;                  // told in decisions; empty = none
    bool is_removed = false;  // by a command: its ids and parents go on, is_active is false
    bool operator==(const VirtualKey&) const = default;
};
// How many there may be of one key, and of all keys.
inline constexpr size_t kKeyIdsMax = 100;
inline constexpr size_t kKeyOwnerBytesMax = 256;
inline constexpr size_t kKeysMax = 1'000'000;

// Where the configuration of a store that is no longer fresh comes from: the file, at each start
// and at SIGHUP, or POST /v1/config, where the file only seeds a fresh store.
enum class PolicySource : uint8_t { kFile, kApi };

// What somebody who asks over HTTP may do.
enum class Right : uint8_t {
    kSpans,    // post spans
    kCheck,    // ask whether somebody may spend
    kHold,     // hold an amount
    kRead,     // accounts, decisions, grants, metrics
    kCommand,  // change what is decided, and read the policy and the log of changes
};
inline constexpr size_t kRightCount = 5;
inline constexpr std::array<std::string_view, kRightCount> kRightNames{
    "spans", "check", "hold", "read", "command"};

constexpr std::string_view name_of(Right right) {
    return kRightNames[static_cast<size_t>(right)];
}

class Rights {
  public:
    static constexpr Rights all() {
        Rights rights;
        rights.bits_ = (1U << kRightCount) - 1;
        return rights;
    }
    constexpr void add(Right right) { bits_ |= 1U << static_cast<unsigned>(right); }
    constexpr void remove(Right right) { bits_ &= ~(1U << static_cast<unsigned>(right)); }
    constexpr bool has(Right right) const {
        return (bits_ >> static_cast<unsigned>(right) & 1U) != 0;
    }
    bool operator==(const Rights&) const = default;

  private:
    unsigned bits_ = 0;
};

// A value that spans are given, whatever they say themselves.
struct DimensionValue {
    Dimension dimension{};
    std::string value;
    bool operator==(const DimensionValue&) const = default;
};

using Sha256 = std::array<uint8_t, 32>;

// [[http.token]]. The secret itself is never known here.
struct HttpToken {
    std::string name;
    Sha256 sha256{};
    Rights may;
    std::vector<std::string> accounts;  // it sees these and what is below them; empty: everything
    std::vector<DimensionValue> set;    // of spans posted with it, by dimension
    bool operator==(const HttpToken&) const = default;
};

// [http.tls]: names of files in PEM form; none: the listener speaks no TLS.
struct TlsSettings {
    std::string certificate;  // with its chain
    std::string key;
    std::string client_ca;  // where given, clients must show a certificate that it has signed

    bool is_on() const { return !certificate.empty(); }
    bool operator==(const TlsSettings&) const = default;
};

struct HttpSettings {
    std::string token;  // may do everything
    // Whether commands are taken on loopback without any token.
    bool open_commands = false;
    std::vector<HttpToken> tokens;
    TlsSettings tls;

    bool needs_token() const { return !token.empty() || !tokens.empty(); }
    bool operator==(const HttpSettings&) const = default;
};

struct CheckSettings {
    int64_t max_lag_ms = 5 * kMinuteMs;  // numbers that are further behind are stale
    Unsure unknown_keys = Unsure::kAllow;
    // Whether limits on usd refuse what has no price.
    Unsure unpriced = Unsure::kRefuse;
    bool operator==(const CheckSettings&) const = default;
};

struct Settings {
    std::string data = "spantoll-data";
    std::string listen = "127.0.0.1:8620";
    Format format = Format::kAuto;
    std::vector<WindowKind> periods{WindowKind::kMonth};  // kHour..kYear, month among them, sorted
    KafkaSettings kafka;
    StandardOutputSettings standard_output;
    TimeSettings time;
    RetentionSettings retention;
    HttpSettings http;
    PolicySource policy_from = PolicySource::kFile;
    CheckSettings check;
    AccountSettings accounts;
    std::vector<Price> prices;
    std::vector<Limit> limits;
    std::vector<VirtualKey> keys;  // by name
    bool operator==(const Settings&) const = default;
};

// The calendar windows that have rows.
inline std::vector<WindowSpec> configured_windows(const std::vector<WindowKind>& periods,
                                                  Zone zone) {
    std::vector<WindowSpec> windows;
    windows.reserve(periods.size());
    for (const WindowKind period : periods) {
        windows.push_back({period, 0, 0, zone});
    }
    return windows;
}

}  // namespace spantoll
