// What the board says that limits have counted is what the engine would say: over random spans,
// commits that leave charges in the buffer and in the journal, and starts.
#include "tools/checks/board_updater.h"

#include <map>
#include <random>
#include <tuple>

#include <gtest/gtest.h>

#include "tests/tools/engine/engine_rig.h"
#include "tests/tools/engine/random_spans.h"
#include "window/calendar.h"

namespace spantoll::tools {
namespace {

// (account, limit, begin of the window) -> total; of rolling windows the begin is left out.
using Totals = std::map<std::tuple<std::string, uint32_t, int64_t>, Int128>;

bool is_ended(const WindowSpec& window, int64_t begin_ms, Pane first_open) {
    if (!window.has_end() || !first_open.is_set()) {
        return false;
    }
    const int64_t end_ms = window.is_per_account()
                               ? begin_ms + window.minutes * kMinuteMs
                               : window::period_end_ms({window, begin_ms, false, 0});
    return end_ms <= first_open.start_ms();
}

Totals on_board(const EngineRig& rig, Engine& engine) {
    const window::Ledger& ledger = engine.ledger();
    return rig.checks().read([&](CheckBoard::State& state) {
        Totals totals;
        size_t known = 0;
        for (window::AccountIndex index = 0; index < ledger.capacity(); ++index) {
            if (ledger.id(index).is_none()) {
                continue;
            }
            const auto found = state.totals.find(rig.checks().key_of(ledger.text(index)));
            if (found == state.totals.end()) {
                continue;
            }
            ++known;
            for (const CheckTotal& one : found->second) {
                const WindowSpec& window = state.rules->limits()[one.limit].window;
                // A window that has ended stays until the account changes; nobody asks for it.
                if (!is_ended(window, one.begin, ledger.first_open_pane())) {
                    totals[{ledger.text(index), one.limit, window.is_rolling() ? 0 : one.begin}] =
                        one.total;
                }
            }
        }
        EXPECT_EQ(known, state.totals.size()) << "accounts that left are still there";
        return totals;
    });
}

Totals in_engine(Engine& engine) {
    window::Ledger& ledger = engine.ledger();
    Totals totals;
    for (window::AccountIndex index = 0; index < ledger.capacity(); ++index) {
        if (ledger.id(index).is_none()) {
            continue;
        }
        ledger.bring_up_to_date(index);
        const std::vector<window::JudgedLimit>& limits = ledger.plan(index).limits;
        for (uint32_t at = 0; at < limits.size(); ++at) {
            const Limit& limit = engine.settings().limits[limits[at].limit];
            if (limit.judge == Judge::kEma) {
                continue;
            }
            if (limit.window.is_rolling()) {
                totals[{ledger.text(index), limits[at].limit, 0}] =
                    ledger.live(index, limits[at].counter);
                continue;
            }
            for (const window::OpenPeriod& open : ledger.account(index).periods) {
                if (open.window == limits[at].window) {
                    totals[{ledger.text(index), limits[at].limit, open.start_ms}] =
                        engine.policy().counted_in(index, at, open.start_ms);
                }
            }
        }
    }
    return totals;
}

void run(const std::string& toml, uint64_t seed, RandomTraffic traffic) {
    EngineRig rig;
    const Result<Settings> settings = rig.read_settings(toml);
    ASSERT_TRUE(settings) << settings.error().message;
    ASSERT_TRUE(rig.start(*settings));
    std::mt19937_64 random(seed);
    size_t compared = 0;
    for (const RandomRecord& one : random_records(seed, 1'500, traffic)) {
        ingest::Record record;
        record.offset = rig.take_offset(0);
        record.append_ms = one.append_ms;
        record.bytes = one.bytes;
        rig.engine().apply(record, one.append_ms);
        if (random() % 8 != 0) {
            continue;
        }
        ASSERT_TRUE(rig.commit(random() % 4 == 0 ? window::CommitScope::kEverything
                                                 : window::CommitScope::kDue));
        if (random() % 12 == 0) {
            ASSERT_TRUE(rig.restart(*settings));
        }
        if (random() % 4 == 0) {
            const Totals board = on_board(rig, rig.engine());
            ASSERT_EQ(board, in_engine(rig.engine())) << "seed " << seed;
            compared += board.size();
        }
    }
    EXPECT_GT(compared, 100U);
}

TEST(BoardUpdater, SaysWhatTheEngineHasCounted) {
    for (uint64_t seed = 1; seed <= 4; ++seed) {
        run(random_spans_configuration(), seed, {});
    }
}

TEST(BoardUpdater, SaysWhatIsBuffered) {
    for (uint64_t seed = 1; seed <= 4; ++seed) {
        run(random_money_configuration(), seed, {.step_ms = 20'000, .is_of_money = true});
        run(random_usage_configuration(), seed, {.step_ms = 20'000, .has_priced_usage = true});
    }
}

}  // namespace
}  // namespace spantoll::tools
