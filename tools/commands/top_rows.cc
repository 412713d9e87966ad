#include "tools/commands/top_rows.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "schemas/account.h"
#include "window/calendar.h"

namespace spantoll::tools {
namespace {

constexpr std::string_view kRolling = "ROLLING#";
constexpr std::string_view kFedcost = "FEDCOST#";
constexpr std::string_view kEnforce = "ENFORCE#";
constexpr std::string_view kFormat = "META/FORMAT";
constexpr std::string_view kCounts = "META/COUNTS#";
constexpr std::string_view kDay = "/24h";
constexpr std::string_view kPeriod = "/PERIOD#";
constexpr std::string_view kEmaPointer = "/meters/usd/ema/1~110";  // alpha 1/10
constexpr size_t kMonthLabelSize = 7;  // "2026-11"; "2026-Q4" has its own letter

Money money_of(std::optional<std::string_view> pico) {
    const std::string_view text = pico.value_or("");
    return Money::from_pico(parse_int128(text.substr(0, text.find('.'))).value_or(0));
}

std::string month_label(int64_t ms, Zone zone) {
    const WindowSpec month{WindowKind::kMonth, 0, 0, zone};
    return window::period_label(window::period_of(month, EventTime{ms}));
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

TopRows::TopRows() {
    const AccountKinds built_in;
    for (const AccountKind& kind : built_in.all()) {
        kinds_.push_back(kind.name);
    }
}

void TopRows::add(std::string_view key, std::string_view json) {
    json_.read(json);
    if (key.starts_with(kRolling) && key.ends_with(kDay)) {
        key = key.substr(kRolling.size(), key.size() - kRolling.size() - kDay.size());
        add_rolling(accounts_[std::string(key)]);
    } else if (key.starts_with(kFedcost)) {
        const size_t period = key.rfind(kPeriod);
        const std::string_view label = key.substr(period + kPeriod.size());
        Months& month =
            accounts_[std::string(key.substr(kFedcost.size(), period - kFedcost.size()))].month;
        if (is_month(label) && label > month.label) {
            month = {.label = std::string(label), .cost = money_of(json_.text("/cost_pico_usd"))};
        }
    } else if (key.starts_with(kEnforce)) {
        key.remove_prefix(kEnforce.size());
        Account& account = accounts_[std::string(key.substr(0, key.rfind('/')))];
        if (!json_.flag("/shadow").value_or(false)) {
            account.level =
                std::max(account.level,
                         parse_action(json_.text("/level").value_or("")).value_or(Action::kNone));
        }
    } else if (key.starts_with(kCounts)) {
        add_counts();
    } else if (key == kFormat) {
        for (std::string& kind : json_.names("/kinds")) {
            kinds_.push_back(std::move(kind));
        }
        zone_ = Zone::named(json_.text("/zone").value_or("")).value_or(Zone());
    }
}

void TopRows::add_rolling(Account& account) {
    account.is_rolling = true;
    account.day = money_of(json_.text("/meters/usd/live_pico_usd"));
    account.ema = money_of(json_.text(kEmaPointer));
    as_of_ms_ = std::max(as_of_ms_, json_.number("/as_of_ms").value_or(kUnset));
}

void TopRows::add_counts() {
    const auto count = [&](const std::string& pointer) {
        return static_cast<uint64_t>(json_.number(pointer).value_or(0));
    };
    counts_.polled += count("/polled");
    counts_.accepted += count("/accepted");
    counts_.duplicate += count("/duplicate");
    counts_.late += count("/late");
    for (size_t i = 0; i < kRefusalCount; ++i) {
        counts_.refused[i] += count(fmt::format("/refused/{}", kRefusalNames[i]));
    }
}

std::vector<TopAccount> TopRows::top(size_t count, std::string_view kind) const {
    const std::string month = as_of_ms_ == kUnset ? "" : month_label(as_of_ms_, zone_);
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
