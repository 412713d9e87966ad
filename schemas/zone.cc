#include "schemas/zone.h"

#include <absl/time/civil_time.h>
#include <absl/time/time.h>
#include <algorithm>
#include <map>
#include <memory>
#include <mutex>

#include "schemas/event_time.h"

namespace spantoll {

struct Zone::Rules {
    std::string name;
    absl::TimeZone zone;
    bool is_known = false;
};

namespace {

constexpr size_t kNameBytesMax = 64;
constexpr std::string_view kUtc = "UTC";
constexpr int64_t kSecondMs = 1000;

bool is_name_byte(char byte) {
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
           (byte >= '0' && byte <= '9') || byte == '_' || byte == '+' || byte == '-';
}

// It becomes a path below the database's folder, so nothing of it may leave that.
bool is_name(std::string_view text) {
    if (text.empty() || text.size() > kNameBytesMax || text.front() == '/' || text.back() == '/' ||
        text.find("//") != std::string_view::npos) {
        return false;
    }
    return std::all_of(
        text.begin(), text.end(), [](char byte) { return byte == '/' || is_name_byte(byte); });
}

// What the library or the folder has under names of their own: the machine's zone, fixed offsets,
// and rules that count leap seconds.
bool is_of_the_database(std::string_view name) {
    return name != "localtime" && !name.starts_with("Fixed/") && !name.starts_with("right/") &&
           !name.starts_with("posix/");
}

}  // namespace

std::optional<Zone> Zone::named(std::string_view name) {
    if (name == kUtc) {
        return Zone();
    }
    if (!is_name(name)) {
        return std::nullopt;
    }
    static std::mutex mutex;
    static std::map<std::string, std::unique_ptr<const Rules>, std::less<>> known;
    const std::lock_guard lock(mutex);
    auto found = known.find(name);
    if (found == known.end()) {
        if (known.size() >= kZonesMax) {
            return std::nullopt;
        }
        Rules rules{std::string(name), absl::UTCTimeZone(), false};
        rules.is_known = is_of_the_database(name) && absl::LoadTimeZone(rules.name, &rules.zone);
        found = known.emplace(rules.name, std::make_unique<const Rules>(rules)).first;
    }
    Zone zone;
    zone.rules_ = found->second.get();
    return zone;
}

const std::string& Zone::name() const {
    static const std::string utc(kUtc);
    return is_utc() ? utc : rules_->name;
}

bool Zone::is_known() const {
    return is_utc() || rules_->is_known;
}

int64_t Zone::civil_ms_by_rules(int64_t time_ms) const {
    return time_ms + rules_->zone.At(absl::FromUnixMillis(time_ms)).offset * kSecondMs;
}

int64_t Zone::first_by_rules(int64_t civil_ms) const {
    // Up to the second: offsets and leaps are whole seconds.
    const int64_t second = floor_divide(civil_ms, kSecondMs);
    const absl::CivilSecond civil = absl::CivilSecond(1970, 1, 1, 0, 0, 0) + second;
    const absl::TimeZone::TimeInfo found = rules_->zone.At(civil);
    if (found.kind == absl::TimeZone::TimeInfo::SKIPPED) {
        return absl::ToUnixMillis(found.trans);
    }
    return absl::ToUnixMillis(found.pre) + (civil_ms - second * kSecondMs);
}

}  // namespace spantoll
