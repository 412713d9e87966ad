#include "tools/answers/lists.h"

#include <algorithm>
#include <tuple>
#include <utility>
#include <vector>

#include "schemas/text/json_writer.h"
#include "window/charge_effect.h"

namespace spantoll::tools {
namespace {

std::optional<int64_t> time_or_null(int64_t ms) {
    return ms == kUnset ? std::nullopt : std::optional(ms);
}

std::string level_json(const CheckLevel& level) {
    return JsonObject()
        .add_text("account", level.account)
        .add_text("limit", level.limit)
        .add_text("action", name_of(level.level))
        .add("since_ms", level.since_ms)
        .add("valid_until_ms", level.valid_until_ms)
        .add_flag("shadow", level.is_shadow)
        .str();
}

// An account of a page, by what pages are sorted by: the most first, of equals by name.
struct Listed {
    Int128 amount = 0;  // 0 where the order is that of names
    window::AccountIndex index = 0;
};

class AccountLister {
  public:
    AccountLister(Engine& engine, const AccountsQuery& query, const Sees& sees)
        : engine_(engine), ledger_(engine.ledger()), query_(query), sees_(sees) {}

    Result<std::string> list() {
        std::optional<Listed> after;
        if (!query_.after.empty()) {
            const window::AccountIndex index = ledger_.find(query_.after);
            if (index == window::kNoAccount || (sees_ && !sees_(query_.after))) {
                return failure(ErrorKind::kUsage,
                               "after=" + query_.after +
                                   ": this account is not in memory any more; begin again.");
            }
            after = listed(index);
        }
        std::vector<Listed> all;
        for (window::AccountIndex index = 0; index < ledger_.capacity(); ++index) {
            if (!ledger_.id(index).is_none() && is_wanted(index)) {
                const Listed one = listed(index);
                if (!after || is_before(*after, one)) {
                    all.push_back(one);
                }
            }
        }
        const size_t count = std::min(query_.count_max, all.size());
        std::partial_sort(all.begin(),
                          all.begin() + static_cast<std::ptrdiff_t>(count),
                          all.end(),
                          [this](const Listed& a, const Listed& b) { return is_before(a, b); });
        JsonArray accounts;
        for (size_t i = 0; i < count; ++i) {
            accounts.add_json(account_json(all[i].index));
        }
        JsonObject json;
        json.add_json("accounts", accounts.str());
        if (count < all.size()) {
            json.add_text("next_after", ledger_.text(all[count - 1].index));
        } else {
            json.add_json("next_after", "null");
        }
        const Pane first_open = engine_.first_open_pane();
        json.add("as_of_ms", time_or_null(first_open.is_set() ? first_open.start_ms() : kUnset));
        return json.str() + "\n";
    }

  private:
    bool is_wanted(window::AccountIndex index) const {
        return (query_.kind.empty() ||
                engine_.kinds().at(ledger_.account(index).kind).name == query_.kind) &&
               ledger_.text(index).starts_with(query_.prefix) &&
               (!sees_ || sees_(ledger_.text(index)));
    }
    bool is_before(const Listed& a, const Listed& b) const {
        return a.amount != b.amount ? a.amount > b.amount
                                    : ledger_.text(a.index) < ledger_.text(b.index);
    }
    Listed listed(window::AccountIndex index) {
        switch (query_.sort) {
            case AccountsQuery::Sort::kMonth:
                return {month(index).value_or(Money()).pico(), index};
            case AccountsQuery::Sort::kDay:
                return {day(index).value_or(Money()).pico(), index};
            case AccountsQuery::Sort::kName:
                break;
        }
        return {0, index};
    }
    // What the buffer has beside the account's numbers; the sum is nowhere else.
    Int128 buffered(window::AccountIndex index) {
        return ledger_.peek_buffered(index, sum_) ? sum_.totals.cost.pico() : 0;
    }
    // Cost of the latest month; short-lived accounts have none in memory.
    std::optional<Money> month(window::AccountIndex index) {
        const window::OpenPeriod* latest = nullptr;
        for (const window::OpenPeriod& open : ledger_.account(index).periods) {
            const window::CalendarWindow& calendar = ledger_.plans().windows()[open.window];
            if (calendar.is_configured && calendar.window.kind == WindowKind::kMonth &&
                (latest == nullptr || open.start_ms > latest->start_ms)) {
                latest = &open;
            }
        }
        if (latest == nullptr) {
            return std::nullopt;
        }
        Money cost = latest->totals.cost;
        const Int128 more = buffered(index);
        if (more != 0 && ledger_.bounds_of(index, latest->window, sum_.totals.first_ms).start_ms ==
                             latest->start_ms) {
            cost += Money::from_pico(more);
        }
        return cost;
    }
    // The live total over 24 hours.
    std::optional<Money> day(window::AccountIndex index) {
        if (ledger_.plan(index).is_short_lived) {
            return std::nullopt;
        }
        return Money::from_pico(ledger_.live(index, 0) + buffered(index));
    }
    static void add_usd(JsonObject& json, std::string_view name, const std::optional<Money>& usd) {
        usd ? json.add_text(name, to_usd_text(*usd)) : json.add_json(name, "null");
    }
    std::string account_json(window::AccountIndex index) {
        Action level = Action::kNone;
        for (const EnforceRow& row : engine_.policy().rows_of(index)) {
            level = row.shadow ? level : std::max(level, row.level);
        }
        JsonObject json;
        json.add_text("account", ledger_.text(index))
            .add_text("kind", engine_.kinds().at(ledger_.account(index).kind).name);
        add_usd(json, "month_usd", month(index));
        add_usd(json, "day_usd", day(index));
        return json.add_text("level", name_of(level)).str();
    }

    Engine& engine_;
    window::Ledger& ledger_;
    const AccountsQuery& query_;
    const Sees& sees_;
    window::ChargeSum sum_;  // kept for its memory
};

std::string selection_json(const Limit& limit) {
    switch (limit.selection) {
        case Selection::kAccount:
            return json_string(limit.account);
        case Selection::kKind:
            return json_string(limit.kind);
        case Selection::kAll:
            break;
    }
    return json_string("all");
}

void add_judge(JsonObject& json, const Limit& limit) {
    if (limit.judge == Judge::kEma) {
        json.add_text("judge", "ema").add_text("action", name_of(limit.action));
        return;
    }
    JsonArray steps;
    for (const Step& step : limit.steps) {
        steps.add_json(JsonArray().add(step.percent).add_text(name_of(step.action)).str());
    }
    json.add_text("judge", "total").add_json("steps", steps.str());
}

std::string limit_json(const Limit& limit) {
    const bool is_usd = limit.meter.kind == MeterKind::kUsd;
    JsonObject json;
    json.add_text("name", limit.name)
        .add_json(limit.selection == Selection::kAccount ? "account" : "kind",
                  selection_json(limit));
    if (!limit.where.empty()) {
        JsonObject where;
        for (const ValuePattern& pattern : limit.where) {
            where.add_text(name_of(pattern.dimension), to_text(pattern));
        }
        json.add_json("where", where.str());
    }
    json.add_text("meter", name_of(limit.meter));
    if (!limit.count_failed) {
        json.add_flag("count_failed", false);
    }
    json.add_amount("amount", limit.amount, is_usd).add("overrides", limit.overrides.size());
    json.add_text("window", to_text(limit.window));
    add_judge(json, limit);
    return json.add_flag("shadow", limit.shadow)
        .add_text("on_overflow", name_of(limit.on_overflow))
        .add_text("on_lag", name_of(limit.on_lag))
        .add_text("on_cold", name_of(limit.on_cold))
        .str();
}

}  // namespace

Result<std::string> levels_json(const CheckBoard& board, int64_t now_ms, const Sees& sees) {
    struct Snapshot {
        std::vector<CheckLevel> levels;
        bool is_loaded = false;
        uint64_t sequence = 0;
        int64_t as_of_ms = kUnset;
    };
    Snapshot taken = board.read([&](const CheckBoard::State& state) {
        Snapshot snapshot{{}, state.has_totals, state.sequence, state.as_of_ms};
        const int64_t later_ms = std::max(now_ms, state.watermark_ms);
        for (const auto& [account, levels] : state.levels) {
            for (const CheckLevel& level : levels) {
                const HeldLevel held = state.rules->held_at(level, later_ms);
                if (held.level != Action::kNone) {
                    snapshot.levels.push_back(level);
                    snapshot.levels.back().level = held.level;
                    snapshot.levels.back().valid_until_ms = held.until_ms;
                }
            }
        }
        return snapshot;
    });
    if (!taken.is_loaded) {
        return failure(ErrorKind::kUnavailable, "spantoll is starting: its state is being loaded");
    }
    std::ranges::sort(taken.levels, [](const CheckLevel& a, const CheckLevel& b) {
        return std::tie(a.account, a.limit) < std::tie(b.account, b.limit);
    });
    JsonArray levels;
    for (const CheckLevel& level : taken.levels) {
        if (!sees || sees(level.account)) {
            levels.add_json(level_json(level));
        }
    }
    return JsonObject()
               .add("sequence", taken.sequence)
               .add("as_of_ms", time_or_null(taken.as_of_ms))
               .add_json("levels", levels.str())
               .str() +
           "\n";
}

Result<std::string> accounts_json(Engine& engine, const AccountsQuery& query, const Sees& sees) {
    return AccountLister(engine, query, sees).list();
}

std::string limits_json(const PolicyBoard::Policy& policy) {
    JsonArray limits;
    for (const Limit& limit : policy.settings.limits) {
        limits.add_json(limit_json(limit));
    }
    return JsonObject().add("policy", policy.number).add_json("limits", limits.str()).str() + "\n";
}

}  // namespace spantoll::tools
