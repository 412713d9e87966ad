#include "tools/engine/changed_account_rows.h"

#include <algorithm>
#include <vector>

namespace spantoll::tools {
namespace {

// ROLLING rows of one account after the other, one for every length among its counters, in memory
// that is used again.
class RollingRows {
  public:
    void give(const window::Ledger& ledger,
              window::AccountIndex index,
              store::AccountRowTaker& taker) {
        const window::Account& account = ledger.account(index);
        const window::Plan& plan = ledger.plan(index);
        size_t count = 0;
        for (size_t i = 0; i < plan.counters.size(); ++i) {
            Used& used = used_of(plan.counters[i].window_minutes, count);
            used.row.last_charged_pane =
                std::max(used.row.last_charged_pane, account.counters[i].last_charged_pane);
            add_meter(plan.counters[i], account.counters[i], used);
        }
        for (size_t at = 0; at < count; ++at) {
            RollingRow& row = rows_[at].row;
            row.account = ledger.text(index);
            row.account_id = ledger.id(index);
            row.as_of = account.as_of;
            row.open_pane = ledger.open_pane(index).index;
            row.meters.resize(rows_[at].meters);
            taker.take(row);
        }
    }

  private:
    struct Used {
        RollingRow row;
        size_t meters = 0;
    };

    Used& used_of(int64_t window_minutes, size_t& count) {
        for (size_t at = 0; at < count; ++at) {
            if (rows_[at].row.window_minutes == window_minutes) {
                return rows_[at];
            }
        }
        if (count == rows_.size()) {
            rows_.emplace_back();
        }
        Used& used = rows_[count++];
        used.meters = 0;
        used.row.window_minutes = window_minutes;
        used.row.last_charged_pane = kUnset;
        return used;
    }

    static void add_meter(const window::CounterSpec& spec,
                          const window::RollingCounter& counter,
                          Used& used) {
        const size_t at = used.meters++;
        if (at == used.row.meters.size()) {
            used.row.meters.emplace_back();
        }
        RollingMeterRow& meter = used.row.meters[at];
        meter.meter = spec.meter;
        meter.slot = counter.slot;
        meter.live = counter.live;
        meter.closed = counter.closed;
        meter.sample = counter.sample;
        meter.emas.assign(counter.emas.begin(), counter.emas.end());
    }

    std::vector<Used> rows_;
};

}  // namespace

void ChangedAccountRows::give_rows(store::AccountRowTaker& taker) const {
    RollingRows rollings;
    for (const window::AccountIndex index : ledger_.rows().commit_rows().accounts) {
        if (ledger_.id(index).is_none()) {
            continue;
        }
        const window::Account& account = ledger_.account(index);
        const std::string& text = ledger_.text(index);
        for (const window::OpenPeriod& period : account.periods) {
            if (period.is_dirty) {
                const window::CalendarWindow& calendar = plans_.windows()[period.window];
                taker.take(store::AccountPeriodRow{text,
                                                   calendar.period(period.start_ms),
                                                   period.totals,
                                                   period.is_new,
                                                   !calendar.is_configured});
            }
        }
        rollings.give(ledger_, index, taker);
    }
}

}  // namespace spantoll::tools
