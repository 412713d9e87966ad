#include "tools/control/grant_command.h"

#include <algorithm>
#include <array>
#include <span>

#include <fmt/format.h>

#include "ingest/decode/json_number.h"
#include "ingest/naming.h"
#include "schemas/number.h"
#include "schemas/rfc3339.h"
#include "schemas/text/json_writer.h"
#include "schemas/text/suggestion.h"
#include "schemas/text/utf8.h"
#include "tools/control/command_members.h"
#include "tools/process/parsed_json.h"
#include "window/calendar.h"

namespace spantoll::tools {
namespace {

constexpr std::array<std::string_view, 5> kMembers{"limit", "account", "amount", "until", "note"};
constexpr std::string_view kWindows = "windows:";
// More windows ahead than anybody plans for, and soon worked out.
constexpr int64_t kWindowsMax = 10'000;
constexpr size_t kNoteBytesMax = 1024;
constexpr std::string_view kUntilForms =
    "\"window\", \"windows:3\", a time such as 2026-12-01T00:00:00Z, or \"removed\"";

// What all commands on a limit and an account say, and what is wrong with it.
class TargetReader {
  public:
    TargetReader(std::string_view body,
                 const Settings& settings,
                 const KeyTable& keys,
                 std::span<const std::string_view> known_members)
        : members_(json_members(body)), settings_(settings), keys_(keys) {
        if (!members_) {
            say("the body must be one JSON object");
            return;
        }
        for (std::string& reason : wrong_members(*members_, known_members)) {
            say(std::move(reason));
        }
        read_limit();
        read_account();
    }

    void say(std::string reason) {
        reasons_.push_back(std::move(reason));
        if (result_.empty()) {
            result_ = kNotUnderstood;
        }
    }
    void say(std::string reason, std::string_view result) {
        result_ = result;
        say(std::move(reason));
    }

    // As it is written; empty where it is missing.
    std::optional<std::string> raw(std::string_view name) const {
        if (!members_) {
            return std::nullopt;
        }
        const auto found =
            std::ranges::find(*members_, name, [](const auto& m) { return m.first; });
        return found == members_->end() ? std::nullopt : std::optional(found->second);
    }
    // Of a member that is a text. Each member is read alone, so that one which no number of C++
    // holds does not hide the others.
    std::optional<std::string> text(std::string_view name) const {
        const std::optional<std::string> value = raw(name);
        const ParsedJson parsed(value.value_or(""));
        const std::optional<std::string_view> text = parsed.text("");
        return text ? std::optional<std::string>(*text) : std::nullopt;
    }
    // Of one that must be there, and a text.
    std::optional<std::string> require_text(std::string_view name, std::string_view what) {
        std::optional<std::string> found = text(name);
        if (!found) {
            say(raw(name) ? fmt::format("\"{}\" must be a text in quotation marks: {}", name, what)
                          : fmt::format("\"{}\" is missing: it is {}", name, what));
        }
        return found;
    }
    // nullptr where there is none of that name.
    const Limit* limit() const { return limit_; }
    const std::string& account() const { return account_; }
    bool is_object() const { return members_.has_value(); }
    std::vector<std::string> take_reasons() { return std::move(reasons_); }
    std::string_view result() const { return result_; }

  private:
    void read_limit() {
        const std::optional<std::string> name = require_text("limit", "the name of a limit");
        if (!name) {
            return;
        }
        limit_ = find_limit(settings_.limits, *name);
        if (limit_ != nullptr) {
            return;
        }
        std::vector<std::string_view> names;
        names.reserve(settings_.limits.size());
        for (const Limit& limit : settings_.limits) {
            names.push_back(limit.name);
        }
        const std::string known = names.empty() ? "there are none" : suggestion(*name, names);
        say(fmt::format("there is no limit \"{}\": {}", *name, known), kNoSuchLimit);
    }

    void read_account() {
        const std::optional<std::string> account =
            require_text("account", "an account of the limit, or \"*\" for all of them");
        account_ = account.value_or("");
        if (!account || account_ == kEveryAccount) {
            return;
        }
        if (account_.ends_with(":*")) {
            return say(fmt::format(
                "\"{}\" is not an account: write \"*\" for every account of the limit", account_));
        }
        const AccountKinds kinds(settings_.accounts.kinds);
        const Result<KindIndex> kind = ingest::check_account(kinds, account_);
        if (!kind) {
            say(kind.error().message);
        } else if (limit_ != nullptr && !holds_for(*limit_, kinds.at(*kind), account_)) {
            say(fmt::format(
                "limit \"{}\" does not hold for account \"{}\"", limit_->name, account_));
        } else if (const VirtualKey* key = keys_.find_by_id_in(account_)) {
            say(
                fmt::format("account \"{}\" has an id of key \"{}\", and spans with it are charged "
                            "to the key: name that",
                            account_,
                            key->name));
        }
    }

    std::optional<std::vector<std::pair<std::string, std::string>>> members_;
    const Settings& settings_;
    const KeyTable& keys_;
    const Limit* limit_ = nullptr;
    std::string account_;
    std::vector<std::string> reasons_;
    std::string_view result_;
};

class GrantReader {
  public:
    GrantReader(std::string_view body, const Settings& settings, int64_t at_ms, Engine& engine)
        : target_(body, settings, engine.keys(), kMembers), engine_(engine) {
        grant_.since_ms = engine.command_time_ms(at_ms);
        now_ms_ = std::max(at_ms, grant_.since_ms);
    }

    GrantChange read() {
        if (target_.is_object()) {
            grant_.account = target_.account();
            if (target_.limit() != nullptr) {
                grant_.limit = target_.limit()->name;
                grant_.is_usd = target_.limit()->meter.kind == MeterKind::kUsd;
            }
            read_amount();
            read_until();
            read_note();
        }
        return {grant_, body_text(), target_.take_reasons(), target_.result()};
    }

  private:
    void read_amount() {
        const std::optional<std::string> value = target_.raw("amount");
        if (!value) {
            return target_.say(
                "\"amount\" is missing: it is US dollars as a text, or a whole number for any "
                "other meter");
        }
        if (target_.limit() == nullptr) {
            return;  // which of both is right depends on it
        }
        const std::optional<Int128> amount = amount_of(*value);
        if (!amount) {
            return target_.say(
                grant_.is_usd
                    ? "\"amount\" must be US dollars in quotation marks, such as \"5.50\" or "
                      "\"-5.50\", with at most 12 decimals"
                    : fmt::format("\"amount\" must be a whole number of {}, without quotation "
                                  "marks",
                                  name_of(target_.limit()->meter)));
        }
        if (*amount == 0 || *amount > kAmountMax || *amount < -kAmountMax) {
            return target_.say(
                "\"amount\" must not be 0, and not beyond 1000000000000 USD or 1e24 units");
        }
        grant_.amount = *amount;
    }

    std::optional<Int128> amount_of(const std::string& value) const {
        if (!grant_.is_usd) {
            const ingest::WholeNumber number = ingest::parse_whole(value);
            if (number.outcome == ingest::WholeOutcome::kOutOfRange) {
                return kAmountMax + 1;  // whole, and beyond any amount
            }
            return number.outcome == ingest::WholeOutcome::kOk ? std::optional(number.value)
                                                               : std::nullopt;
        }
        const std::string text = target_.text("amount").value_or("");
        const DecimalMoney money = parse_usd(text);
        const bool is_exact = money.outcome == DecimalOutcome::kOk && has_at_most_12_decimals(text);
        return is_exact ? std::optional(money.money.pico()) : std::nullopt;
    }

    static bool has_at_most_12_decimals(std::string_view text) {
        const size_t point = text.find('.');
        return text.find_first_of("eE") == std::string_view::npos &&
               (point == std::string_view::npos || text.size() - point - 1 <= 12);
    }

    void read_until() {
        const std::optional<std::string> until = target_.require_text("until", kUntilForms);
        if (!until) {
            return;
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
            return target_.say(fmt::format("\"until\" is \"{}\": write {}", *until, kUntilForms));
        }
        if (*time_ms <= now_ms_) {
            target_.say(fmt::format("\"until\" is {}, which is past: it is {} by the later of the "
                                    "wall clock and event time",
                                    *until,
                                    rfc3339(now_ms_)),
                        kUntilIsPast);
        }
        grant_.until_ms = *time_ms;
    }

    void read_windows(std::string_view until) {
        int64_t count = 1;
        if (until != "window") {
            count = parse_number<int64_t>(until.substr(kWindows.size())).value_or(0);
            if (count < 1 || count > kWindowsMax) {
                return target_.say(fmt::format(
                    "\"until\" is \"{}\": windows:N takes 1 to {} windows", until, kWindowsMax));
            }
        }
        if (target_.limit() == nullptr) {
            return;
        }
        if (!target_.limit()->window.has_end()) {
            return target_.say(
                fmt::format("the window of limit \"{}\" never ends by itself: \"until\" must be a "
                            "time or \"removed\"",
                            target_.limit()->name));
        }
        const std::optional<WindowSpec> window =
            engine_.window_for(*target_.limit(), grant_.account);
        if (!window) {
            return target_.say(
                fmt::format("each account begins windows of limit \"{}\" for itself, and none "
                            "has begun for \"{}\": \"until\" must be a time or \"removed\"",
                            target_.limit()->name,
                            grant_.account));
        }
        int64_t end_ms = now_ms_;
        for (; count > 0; --count) {
            end_ms = window::period_end_ms(window::period_of(*window, EventTime(end_ms)));
        }
        grant_.until_ms = end_ms;
    }

    void read_note() {
        const std::optional<std::string> note = target_.text("note");
        if (target_.raw("note") && (!note || note->size() > kNoteBytesMax || !is_utf8(*note))) {
            return target_.say(
                fmt::format("\"note\" must be a text of at most {} bytes", kNoteBytesMax));
        }
        grant_.note = note.value_or("");
    }

    std::string body_text() const {
        JsonObject json;
        json.add_text("limit", grant_.limit).add_text("account", grant_.account);
        return json.add_amount("amount", grant_.amount, grant_.is_usd)
            .add_text("until", until_)
            .add_text("note", grant_.note)
            .str();
    }

    TargetReader target_;
    Engine& engine_;
    int64_t now_ms_ = 0;  // the later of both clocks
    std::string until_;
    Grant grant_;
};

}  // namespace

GrantChange read_grant(std::string_view body,
                       const Settings& settings,
                       int64_t at_ms,
                       Engine& engine) {
    return GrantReader(body, settings, at_ms, engine).read();
}

std::optional<uint64_t> read_grant_end(std::string_view body) {
    const std::optional<int64_t> number = ParsedJson(body).number("/grant");
    return number && *number > 0 ? std::optional(static_cast<uint64_t>(*number)) : std::nullopt;
}

ResetChange read_reset(std::string_view body, const Settings& settings, const KeyTable& keys) {
    TargetReader target(body, settings, keys, std::span(kMembers).first(2));
    const Limit* const limit = target.limit();
    if (limit != nullptr && limit->window.is_rolling()) {
        target.say(
            fmt::format("limit \"{}\" is over a rolling window, which forgets by itself: grant "
                        "its account something until a time instead",
                        limit->name));
    }
    ResetChange change;
    change.limit = limit == nullptr ? std::string() : limit->name;
    change.account = target.account();
    change.body =
        JsonObject().add_text("limit", change.limit).add_text("account", change.account).str();
    change.reasons = target.take_reasons();
    change.result = target.result();
    return change;
}

}  // namespace spantoll::tools
