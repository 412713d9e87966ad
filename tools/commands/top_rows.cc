#include "tools/commands/top_rows.h"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <utility>

#include <fmt/format.h>

#include "schemas/account.h"

namespace spantoll::tools {
namespace {

constexpr std::string_view kRolling = "ROLLING#";
constexpr std::string_view kFedcost = "FEDCOST#";
constexpr std::string_view kEnforce = "ENFORCE#";
constexpr std::string_view kFormat = "META/FORMAT";
constexpr std::string_view kCounts = "META/COUNTS#";
constexpr std::string_view kDay = "/24h";
constexpr std::string_view kPeriod = "/PERIOD#";
constexpr std::string_view kAlpha = "1/10";
constexpr size_t kMonthLabelSize = 7;  // "2026-11"; "2026-Q4" has its own letter

// Where the text whose opening quote stands at `at` ends: behind its closing quote.
size_t text_end(std::string_view json, size_t at) {
    for (++at; at < json.size() && json[at] != '"'; ++at) {
        at += json[at] == '\\' ? 1 : 0;
    }
    return at + 1;
}

// Where the value that begins at `at` ends: at a ',' or '}' of its own level.
size_t value_end(std::string_view json, size_t at) {
    int depth = 0;
    while (at < json.size()) {
        const char byte = json[at];
        if (depth == 0 && (byte == ',' || byte == '}' || byte == ']')) {
            break;
        }
        depth += byte == '{' || byte == '[' ? 1 : byte == '}' || byte == ']' ? -1 : 0;
        at = byte == '"' ? text_end(json, at) : at + 1;
    }
    return std::min(at, json.size());
}

struct Member {
    std::string_view name;
    std::string_view value;
};

// The members of an object, one after the other.
class MemberReader {
  public:
    explicit MemberReader(std::string_view object) : object_(object) {}

    std::optional<Member> next() {
        if (at_ >= object_.size() || object_[at_] != '"') {
            return std::nullopt;
        }
        const size_t name_end = text_end(object_, at_);
        if (name_end >= object_.size()) {
            return std::nullopt;
        }
        const size_t begin = name_end + 1;
        const size_t end = value_end(object_, begin);
        const Member member{.name = object_.substr(at_ + 1, name_end - at_ - 2),
                            .value = object_.substr(begin, end - begin)};
        at_ = end + 1;
        return member;
    }

  private:
    std::string_view object_;
    size_t at_ = 1;
};

Money money_of(std::string_view pico) {
    return Money::from_pico(parse_int128(pico.substr(0, pico.find('.'))).value_or(0));
}

uint64_t count_of(std::string_view text) {
    uint64_t count = 0;
    std::from_chars(text.data(), text.data() + text.size(), count);
    return count;
}

std::string month_label(int64_t ms) {
    namespace chrono = std::chrono;
    const chrono::sys_days day{chrono::days(floor_divide(ms, kDayMs))};
    const chrono::year_month_day date(day);
    return fmt::format(
        "{:04}-{:02}", static_cast<int>(date.year()), static_cast<unsigned>(date.month()));
}

bool is_month(std::string_view label) {
    return label.size() == kMonthLabelSize && label[4] == '-' && label[5] >= '0' && label[5] <= '9';
}

bool is_of_kind(std::string_view account, std::string_view kind) {
    if (kind.empty()) {
        return true;
    }
    const size_t colon = account.find(':');
    if (colon == std::string_view::npos) {
        return account == kGlobalAccount ? kind == kGlobalAccount : kind == "domain";
    }
    return account.substr(0, colon) == kind;
}

}  // namespace

std::string_view json_member(std::string_view object, std::string_view name) {
    MemberReader members(object);
    while (const std::optional<Member> member = members.next()) {
        if (member->name == name) {
            const std::string_view value = member->value;
            return value.starts_with('"') ? value.substr(1, value.size() - 2) : value;
        }
    }
    return {};
}

std::vector<std::string_view> json_names(std::string_view object) {
    std::vector<std::string_view> names;
    MemberReader members(object);
    while (const std::optional<Member> member = members.next()) {
        names.push_back(member->name);
    }
    return names;
}

TopRows::TopRows() {
    const AccountKinds built_in;
    for (const AccountKind& kind : built_in.all()) {
        kinds_.push_back(kind.name);
    }
}

void TopRows::add(std::string_view key, std::string_view json) {
    if (key.starts_with(kRolling) && key.ends_with(kDay)) {
        key = key.substr(kRolling.size(), key.size() - kRolling.size() - kDay.size());
        add_rolling(accounts_[std::string(key)], json);
    } else if (key.starts_with(kFedcost)) {
        const size_t period = key.rfind(kPeriod);
        const std::string_view label = key.substr(period + kPeriod.size());
        Months& month =
            accounts_[std::string(key.substr(kFedcost.size(), period - kFedcost.size()))].month;
        if (is_month(label) && label > month.label) {
            month = {.label = std::string(label),
                     .cost = money_of(json_member(json, "cost_pico_usd"))};
        }
    } else if (key.starts_with(kEnforce)) {
        key.remove_prefix(kEnforce.size());
        Account& account = accounts_[std::string(key.substr(0, key.rfind('/')))];
        if (json_member(json, "shadow") != "true") {
            account.level = std::max(
                account.level, parse_action(json_member(json, "level")).value_or(Action::kNone));
        }
    } else if (key.starts_with(kCounts)) {
        add_counts(json);
    } else if (key == kFormat) {
        for (const std::string_view kind : json_names(json_member(json, "kinds"))) {
            kinds_.emplace_back(kind);
        }
    }
}

void TopRows::add_rolling(Account& account, std::string_view json) {
    const std::string_view usd = json_member(json_member(json, "meters"), "usd");
    account.is_rolling = true;
    account.day = money_of(json_member(usd, "live_pico_usd"));
    account.ema = money_of(json_member(json_member(usd, "ema"), kAlpha));
    const std::string_view as_of = json_member(json, "as_of_ms");
    int64_t ms = 0;
    if (std::from_chars(as_of.data(), as_of.data() + as_of.size(), ms).ec == std::errc()) {
        as_of_ms_ = std::max(as_of_ms_, ms);
    }
}

void TopRows::add_counts(std::string_view json) {
    counts_.polled += count_of(json_member(json, "polled"));
    counts_.accepted += count_of(json_member(json, "accepted"));
    counts_.duplicate += count_of(json_member(json, "duplicate"));
    counts_.late += count_of(json_member(json, "late"));
    const std::string_view refused = json_member(json, "refused");
    for (size_t i = 0; i < kRefusalCount; ++i) {
        counts_.refused[i] += count_of(json_member(refused, kRefusalNames[i]));
    }
}

std::vector<TopAccount> TopRows::top(size_t count, std::string_view kind) const {
    const std::string month = as_of_ms_ == kUnset ? "" : month_label(as_of_ms_);
    std::vector<TopAccount> all;
    for (const auto& [name, account] : accounts_) {
        if (is_of_kind(name, kind) && account.is_rolling) {
            all.push_back({.name = name,
                           .day = account.day,
                           .month = account.month.label == month ? account.month.cost : Money(),
                           .ema = account.ema,
                           .level = account.level});
        }
    }
    std::stable_sort(all.begin(), all.end(), [](const TopAccount& a, const TopAccount& b) {
        return a.day > b.day;
    });
    all.resize(std::min(count, all.size()));
    return all;
}

}  // namespace spantoll::tools
