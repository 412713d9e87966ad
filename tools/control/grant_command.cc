#include "tools/control/grant_command.h"

#include <algorithm>
#include <array>
#include <charconv>

#include <fmt/format.h>

#include "ingest/naming.h"
#include "schemas/rfc3339.h"
#include "schemas/text/json_writer.h"
#include "schemas/text/suggestion.h"
#include "schemas/text/utf8.h"
#include "tools/process/parsed_json.h"
#include "window/calendar.h"

namespace spantoll::tools {
namespace {

constexpr std::array<std::string_view, 5> kMembers{"limit", "account", "amount", "until", "note"};
constexpr std::string_view kWindows = "windows:";
// More windows ahead than anybody plans for, and soon worked out.
constexpr int64_t kWindowsMax = 10'000;
constexpr size_t kNoteBytesMax = 1024;

class GrantReader {
  public:
    GrantReader(std::string_view body,
                const Settings& settings,
                const CommandTimes& times,
                Engine& engine)
        : json_(body),
          members_(json_members(body)),
          settings_(settings),
          times_(times),
          engine_(engine) {}

    GrantChange read() {
        if (!members_) {
            say("the body must be one JSON object");
            return change_;
        }
        for (const auto& [name, value] : *members_) {
            if (std::ranges::find(kMembers, name) == kMembers.end()) {
                say(fmt::format("unknown member \"{}\": {}",
                                name,
                                suggestion(name, {kMembers.begin(), kMembers.end()})));
            }
        }
        read_limit();
        if (limit_ != nullptr) {
            read_account();
            read_amount();
            read_until();
        }
        read_note();
        keep_body();
        return change_;
    }

  private:
    void say(std::string reason) {
        change_.reasons.push_back(std::move(reason));
        if (change_.result.empty()) {
            change_.result = kNotUnderstood;
        }
    }

    void read_limit() {
        const std::optional<std::string_view> name = json_.text("/limit");
        if (!name) {
            return say("\"limit\" is missing: it is the name of a limit");
        }
        const auto found = std::ranges::find(settings_.limits, *name, &Limit::name);
        if (found == settings_.limits.end()) {
            change_.result = kNoSuchLimit;
            std::vector<std::string_view> names;
            for (const Limit& limit : settings_.limits) {
                names.push_back(limit.name);
            }
            const std::string known = names.empty() ? "there are none" : suggestion(*name, names);
            return say(fmt::format("there is no limit \"{}\": {}", *name, known));
        }
        limit_ = &*found;
        change_.grant.limit = *name;
        change_.grant.is_usd = limit_->meter.kind == MeterKind::kUsd;
    }

    void read_account() {
        const std::optional<std::string_view> account = json_.text("/account");
        if (!account) {
            return say("\"account\" is missing: it is an account of the limit, or \"*\" for all");
        }
        change_.grant.account = *account;
        if (*account == kEveryAccount) {
            return;
        }
        const AccountKinds kinds(settings_.accounts.kinds);
        const Result<KindIndex> kind = ingest::check_account(kinds, *account);
        if (!kind) {
            return say(kind.error().message);
        }
        if (!holds_for(*limit_, kinds.at(*kind), *account)) {
            say(fmt::format(
                "limit \"{}\" does not hold for account \"{}\"", limit_->name, *account));
        }
    }

    void read_amount() {
        const auto found = std::ranges::find(
            *members_, std::string_view("amount"), [](const auto& m) { return m.first; });
        const std::optional<Int128> amount =
            found == members_->end() ? std::nullopt : amount_of(found->second);
        if (!amount) {
            return say(
                change_.grant.is_usd
                    ? "\"amount\" must be US dollars in quotation marks, such as \"5.50\" or "
                      "\"-5.50\", with at most 12 decimals"
                    : fmt::format("\"amount\" must be a whole number of {}, without quotation "
                                  "marks",
                                  name_of(limit_->meter)));
        }
        if (*amount == 0 || *amount > kAmountMax || *amount < -kAmountMax) {
            return say("\"amount\" must not be 0, and not beyond 1000000000000 USD or 1e24 units");
        }
        change_.grant.amount = *amount;
    }

    std::optional<Int128> amount_of(const std::string& value) const {
        if (!change_.grant.is_usd) {
            return parse_int128(value);
        }
        const std::optional<std::string_view> text = json_.text("/amount");
        const DecimalMoney money = parse_usd(text.value_or(""));
        const bool is_exact =
            money.outcome == DecimalOutcome::kOk && has_at_most_12_decimals(*text);
        return is_exact ? std::optional(money.money.pico()) : std::nullopt;
    }

    static bool has_at_most_12_decimals(std::string_view text) {
        const size_t point = text.find('.');
        return text.find_first_of("eE") == std::string_view::npos &&
               (point == std::string_view::npos || text.size() - point - 1 <= 12);
    }

    void read_until() {
        const std::optional<std::string_view> until = json_.text("/until");
        if (!until) {
            return say(
                "\"until\" is missing: it is \"window\", \"windows:3\", a time such as "
                "2026-12-01T00:00:00Z, or \"removed\"");
        }
        until_ = *until;
        if (*until == "removed") {
            return;
        }
        if (*until == "window" || until->starts_with(kWindows)) {
            return read_windows(*until);
        }
        const std::optional<int64_t> time_ms = parse_rfc3339(*until);
        if (!time_ms) {
            return say(
                fmt::format("\"until\" is \"{}\": write \"window\", \"windows:3\", a time such "
                            "as 2026-12-01T00:00:00Z, or \"removed\"",
                            *until));
        }
        if (*time_ms <= now_ms()) {
            say(fmt::format("\"until\" is {}, which is past", *until));
            change_.result = kUntilIsPast;
        }
        change_.grant.until_ms = *time_ms;
    }

    void read_windows(std::string_view until) {
        int64_t count = 1;
        if (until != "window") {
            const std::string_view digits = until.substr(kWindows.size());
            const auto [end, error] =
                std::from_chars(digits.data(), digits.data() + digits.size(), count);
            if (error != std::errc() || end != digits.data() + digits.size() || count < 1 ||
                count > kWindowsMax) {
                return say(fmt::format(
                    "\"until\" is \"{}\": windows:N takes 1 to {} windows", until, kWindowsMax));
            }
        }
        if (!limit_->window.has_end()) {
            return say(
                fmt::format("the window of limit \"{}\" never ends by itself: \"until\" must be a "
                            "time or \"removed\"",
                            limit_->name));
        }
        const std::optional<WindowSpec> window = engine_.window_for(*limit_, change_.grant.account);
        if (!window) {
            return say(
                fmt::format("each account begins windows of limit \"{}\" for itself, and none "
                            "has begun for \"{}\": \"until\" must be a time or \"removed\"",
                            limit_->name,
                            change_.grant.account));
        }
        int64_t end_ms = now_ms();
        for (; count > 0; --count) {
            end_ms = window::period_end_ms(window::period_of(*window, EventTime(end_ms)));
        }
        change_.grant.until_ms = end_ms;
    }

    void read_note() {
        const bool is_there = std::ranges::any_of(
            *members_, [](const auto& member) { return member.first == "note"; });
        const std::optional<std::string_view> note = json_.text("/note");
        if (is_there && (!note || note->size() > kNoteBytesMax || !is_utf8(*note))) {
            return say(fmt::format("\"note\" must be a text of at most {} bytes", kNoteBytesMax));
        }
        change_.grant.note = note.value_or("");
    }

    void keep_body() {
        const Grant& grant = change_.grant;
        JsonObject json;
        json.add_text("limit", grant.limit).add_text("account", grant.account);
        if (grant.is_usd) {
            json.add_text("amount", to_usd_text(Money::from_pico(grant.amount)));
        } else {
            json.add("amount", grant.amount);
        }
        change_.body = json.add_text("until", until_).add_text("note", grant.note).str();
    }

    int64_t now_ms() const { return std::max(times_.at_ms, times_.command_ms); }

    ParsedJson json_;
    std::optional<std::vector<std::pair<std::string, std::string>>> members_;
    const Settings& settings_;
    const CommandTimes times_;
    Engine& engine_;
    const Limit* limit_ = nullptr;
    std::string until_;
    GrantChange change_;
};

}  // namespace

GrantChange read_grant(std::string_view body,
                       const Settings& settings,
                       const CommandTimes& times,
                       Engine& engine) {
    return GrantReader(body, settings, times, engine).read();
}

std::optional<uint64_t> read_grant_end(std::string_view body) {
    const std::optional<int64_t> number = ParsedJson(body).number("/grant");
    return number && *number > 0 ? std::optional(static_cast<uint64_t>(*number)) : std::nullopt;
}

}  // namespace spantoll::tools
