#include "tools/checks/board_updater.h"

#include <algorithm>

#include "window/charge_effect.h"

namespace spantoll::tools {
namespace {

using window::AccountIndex;

// What one limit has counted of an account; the ledger's numbers lack what is buffered.
class Counted {
  public:
    Counted(Engine& engine, AccountIndex account, const window::ChargeSum* buffered)
        : engine_(engine), ledger_(engine.ledger()), account_(account), buffered_(buffered) {}

    void add(uint32_t at, CheckTotals& totals) const {
        const window::JudgedLimit& judged = ledger_.plan(account_).limits[at];
        const Limit& limit = engine_.settings().limits[judged.limit];
        if (limit.judge == Judge::kTotal) {
            limit.window.is_rolling() ? add_rolling(judged, totals)
                                      : add_windows(at, judged, limit, totals);
        }
    }

  private:
    void add_rolling(const window::JudgedLimit& judged, CheckTotals& totals) const {
        const window::RollingCounter& counter = ledger_.account(account_).counters[judged.counter];
        const Meter& meter = ledger_.plan(account_).counters[judged.counter].meter;
        CheckTotal one{counter.live, counter.last_charged_pane, judged.limit};
        if (const Int128 more = buffered_amount(meter); more != 0) {
            one.total += more;
            one.begin = std::max(one.begin, buffered_->pane);
        }
        totals.push_back(one);
    }
    // Of each window that is open: which of them holds now is not known here.
    void add_windows(uint32_t at,
                     const window::JudgedLimit& judged,
                     const Limit& limit,
                     CheckTotals& totals) const {
        for (const window::OpenPeriod& open : ledger_.account(account_).periods) {
            if (open.window != judged.window) {
                continue;
            }
            CheckTotal one{engine_.policy().counted_in(account_, at, open.start_ms),
                           open.start_ms,
                           judged.limit};
            if (buffered_ != nullptr) {
                const int64_t time_ms = buffered_->totals.first_ms;
                const bool is_here =
                    ledger_.bounds_of(account_, judged.window, time_ms).start_ms == open.start_ms;
                one.total += is_here ? buffered_amount(limit.meter) : 0;
            }
            totals.push_back(one);
        }
    }
    Int128 buffered_amount(const Meter& meter) const {
        return buffered_ == nullptr ? 0 : window::amount_of(*buffered_, meter, engine_.meters());
    }

    Engine& engine_;
    window::Ledger& ledger_;
    const AccountIndex account_;
    const window::ChargeSum* buffered_;
};

}  // namespace

void BoardUpdater::publish_all(Engine& engine) {
    if (board_ == nullptr) {
        return;
    }
    BoardUpdate update;
    add_all(engine, update);
    add_state(engine, update);
    board_->apply(std::move(update));
}

void BoardUpdater::publish(Engine& engine, const store::Commit& commit) {
    if (board_ == nullptr) {
        return;
    }
    BoardUpdate update;
    if (published_ != &engine) {
        add_all(engine, update);
    } else if (!engine.settings().limits.empty()) {
        ++round_;
        for (const AccountIndex account : engine.changed_accounts()) {
            add_totals(engine, account, update);
        }
        // A reset changes what is counted, and no account.
        for (const EnforceRow& row : commit.enforces) {
            if (const AccountIndex account = engine.ledger().find(row.account);
                account != window::kNoAccount) {
                add_totals(engine, account, update);
            }
        }
        add_amounts(engine, commit.grants, update);
        add_amounts(engine, commit.removed.grants, update);
        if (!commit.keys.empty()) {
            update.keys = std::make_shared<KeyTable>(engine.keys());
        }
        for (const std::string& account : engine.departed_accounts()) {
            update.departed.push_back(board_->key_of(account));
        }
    }
    update.levels = commit.enforces;
    update.removed_levels = commit.enforce_removes;
    add_state(engine, update);
    board_->apply(std::move(update));
}

void BoardUpdater::add_all(Engine& engine, BoardUpdate& update) {
    published_ = &engine;
    ++round_;
    update.rules = std::make_shared<CheckRules>(
        engine.settings(), std::make_shared<KeyTable>(engine.keys()), board_->seed());
    for (AccountIndex account = 0; account < engine.ledger().capacity(); ++account) {
        add_totals(engine, account, update);
    }
    std::vector<Grant> grants;
    for (const auto& [number, grant] : engine.grants().all()) {
        grants.push_back(grant);
    }
    add_amounts(engine, grants, update);
}

// Once a round.
bool BoardUpdater::is_first(AccountIndex account) {
    if (seen_.size() <= account) {
        seen_.resize(account + 1);
    }
    return std::exchange(seen_[account], round_) != round_;
}

void BoardUpdater::add_totals(Engine& engine, AccountIndex account, BoardUpdate& update) {
    const window::Ledger& ledger = engine.ledger();
    if (ledger.id(account).is_none() || ledger.plan(account).limits.empty() || !is_first(account)) {
        return;
    }
    const bool is_buffered = ledger.peek_buffered(account, buffered_);
    const Counted counted(engine, account, is_buffered ? &buffered_ : nullptr);
    CheckTotals totals;
    for (uint32_t at = 0; at < ledger.plan(account).limits.size(); ++at) {
        counted.add(at, totals);
    }
    update.totals.emplace_back(board_->key_of(ledger.text(account)), std::move(totals));
}

void BoardUpdater::add_amounts(const Engine& engine,
                               const std::vector<Grant>& grants,
                               BoardUpdate& update) {
    const std::vector<Limit>& limits = engine.settings().limits;
    for (const Grant& grant : grants) {
        const Limit* const limit = find_limit(limits, grant.limit);
        if (limit == nullptr) {
            continue;  // it ended with its limit
        }
        update.added.push_back({static_cast<uint32_t>(limit - limits.data()),
                                grant.account == kEveryAccount ? std::string() : grant.account,
                                engine.grants().added_to({grant.limit, grant.account})});
    }
}

void BoardUpdater::add_state(Engine& engine, BoardUpdate& update) {
    update.first_open_pane = engine.first_open_pane();
    update.watermark_ms = engine.watermark().value_ms();
    update.closed = engine.closed_kinds();
    update.is_cold = engine.is_cold();
    update.sequence = engine.next_sequence() - 1;
}

}  // namespace spantoll::tools
