#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace spantoll {

// A time zone of the IANA database: UTC, or one by its name, "Europe/Berlin". A value of the size
// of a pointer; two are equal where their names are.
//
// The rules of a zone are those that the system's database has (docs/configuration.md#zones), read
// when it is first named. A name without rules is a zone too, so that what was stored under it can
// be read on a machine whose database lacks it: its civil time is UTC, and is_known() says so.
//
// A *civil time* is what clocks on the wall show, here as if it were UTC: milliseconds from
// 1970-01-01T00:00 on those clocks.
class Zone {
  public:
    Zone() = default;  // UTC
    // Empty where the text is not a name: letters, digits, '_', '+', '-' and single '/' between
    // them, at most 64 bytes; or where kZonesMax names are known.
    static std::optional<Zone> named(std::string_view name);

    const std::string& name() const;
    bool is_utc() const { return rules_ == nullptr; }
    bool is_known() const;

    int64_t civil_ms(int64_t time_ms) const {
        return is_utc() ? time_ms : civil_ms_by_rules(time_ms);
    }
    // The first instant whose civil time is at or past this one. In the hour that clocks leave out
    // it is their leap forward, and of an hour that comes twice the first.
    int64_t first_at_or_past(int64_t civil_ms) const {
        return is_utc() ? civil_ms : first_by_rules(civil_ms);
    }

    bool operator==(const Zone&) const = default;
    std::strong_ordering operator<=>(const Zone& other) const {
        return rules_ == other.rules_ ? std::strong_ordering::equal : name() <=> other.name();
    }

    struct Rules;

  private:
    int64_t civil_ms_by_rules(int64_t time_ms) const;
    int64_t first_by_rules(int64_t civil_ms) const;

    const Rules* rules_ = nullptr;  // of UTC there are none; others live as long as the process
};

// The database has some 600 names. Each that was ever named keeps its rules in memory: some KB.
inline constexpr size_t kZonesMax = 1024;

}  // namespace spantoll
