#include "tools/checks/check_board.h"

#include <gtest/gtest.h>

#include "schemas/event_time.h"

namespace spantoll::tools {
namespace {

using Removed = std::vector<std::pair<std::string, std::string>>;
using Levels = std::vector<std::string>;

EnforceRow row(std::string account, std::string limit, Action level) {
    EnforceRow row;
    row.account = std::move(account);
    row.limit = std::move(limit);
    row.level = level;
    row.since_ms = 7;
    row.valid_until_ms = 9;
    return row;
}

void update(CheckBoard& board, const std::vector<EnforceRow>& rows, const Removed& removed = {}) {
    BoardUpdate update;
    update.levels = rows;
    update.removed_levels = removed;
    board.apply(std::move(update));
}

std::vector<CheckLevel> levels_at(const CheckBoard& board, std::string_view account) {
    return board.read([&](const CheckBoard::State& state) {
        const std::vector<CheckLevel>* const levels = state.levels_of(board.key_of(account));
        return levels == nullptr ? std::vector<CheckLevel>() : *levels;
    });
}

// "limit=level" of the account's levels.
Levels levels_of(const CheckBoard& board, std::string_view account) {
    Levels levels;
    for (const CheckLevel& level : levels_at(board, account)) {
        levels.push_back(level.limit + "=" + std::string(name_of(level.level)));
    }
    return levels;
}

TEST(CheckBoard, HasTheLevelsInForceOfEachAccount) {
    CheckBoard board;
    update(board,
           {row("team:a", "day", Action::kWarn),
            row("team:a", "month", Action::kBlock),
            row("team:b", "day", Action::kThrottle)});
    EXPECT_EQ(levels_of(board, "team:a"), (Levels{"day=warn", "month=block"}));
    EXPECT_EQ(levels_of(board, "team:b"), Levels{"day=throttle"});
    EXPECT_EQ(levels_of(board, "team"), Levels());
    EXPECT_EQ(board.size(), 3U);
    const CheckLevel level = levels_at(board, "team:b").at(0);
    EXPECT_EQ(level.since_ms, 7);
    EXPECT_EQ(level.valid_until_ms, 9);
    CheckRules rules(Settings(), std::make_shared<KeyTable>(), board.seed());
    EXPECT_EQ(rules.held_at(level, 8).level, Action::kThrottle);
    EXPECT_EQ(rules.held_at(level, 9).level, Action::kNone);
}

TEST(CheckBoard, ALevelThatChangesTakesThePlaceOfTheOneBefore) {
    CheckBoard board;
    update(board, {row("team:a", "day", Action::kWarn)});
    update(board, {row("team:a", "day", Action::kBlock)});
    EXPECT_EQ(levels_of(board, "team:a"), Levels{"day=block"});
    update(board, {row("team:a", "day", Action::kNone)});
    EXPECT_EQ(levels_of(board, "team:a"), Levels());
    EXPECT_EQ(board.size(), 0U);
}

TEST(CheckBoard, ARemovedRowIsNoLevelUnlessTheSameCommitWritesItAgain) {
    CheckBoard board;
    update(board, {row("team:a", "day", Action::kWarn), row("team:a", "month", Action::kWarn)});
    update(board,
           {row("team:a", "day", Action::kBlock)},
           {{"team:a", "day"}, {"team:a", "month"}, {"team:nobody", "day"}});
    EXPECT_EQ(levels_of(board, "team:a"), Levels{"day=block"});
}

TEST(CheckBoard, LevelsOfShadowLimitsAreThereAndDoNotCount) {
    CheckBoard board;
    EnforceRow shadow = row("team:a", "day", Action::kBlock);
    shadow.shadow = true;
    update(board, {shadow});
    ASSERT_EQ(levels_at(board, "team:a").size(), 1U);
    EXPECT_TRUE(levels_at(board, "team:a")[0].is_shadow);
    EXPECT_EQ(board.size(), 0U);
}

TEST(CheckBoard, SaysOfWhichTimeItIs) {
    CheckBoard board;
    const auto times = [&] {
        return board.read([](const CheckBoard::State& state) {
            return std::pair{state.as_of_ms, state.watermark_ms};
        });
    };
    EXPECT_EQ(times(), (std::pair{kUnset, kUnset}));
    BoardUpdate closed;
    closed.first_open_pane = Pane(10);
    closed.watermark_ms = 10 * kMinuteMs + 5;
    board.apply(std::move(closed));
    EXPECT_EQ(times(), (std::pair{10 * kMinuteMs, 10 * kMinuteMs + 5}));
    board.apply({});
    EXPECT_EQ(times(), (std::pair{kUnset, kUnset}));
}

TEST(CheckBoard, OtherRulesForgetWhatWasCounted) {
    CheckBoard board;
    const auto count = [&] {
        return board.read([](const CheckBoard::State& state) { return state.totals.size(); });
    };
    BoardUpdate first;
    first.rules =
        std::make_shared<CheckRules>(Settings(), std::make_shared<KeyTable>(), board.seed());
    first.totals.emplace_back(board.key_of("team:a"), CheckTotals{{5, 0, 0}});
    first.totals.emplace_back(board.key_of("team:b"), CheckTotals{{6, 0, 0}});
    board.apply(std::move(first));
    EXPECT_EQ(count(), 2U);
    BoardUpdate gone;
    gone.departed.push_back(board.key_of("team:a"));
    board.apply(std::move(gone));
    EXPECT_EQ(count(), 1U);
    BoardUpdate other;
    other.rules =
        std::make_shared<CheckRules>(Settings(), std::make_shared<KeyTable>(), board.seed());
    board.apply(std::move(other));
    EXPECT_EQ(count(), 0U);
}

TEST(CheckBoard, AKindIsOpenUntilItIsSaidToBeClosed) {
    CheckBoard board;
    const auto is_closed = [&](KindIndex kind) {
        return board.read([&](const CheckBoard::State& state) { return state.is_closed(kind); });
    };
    EXPECT_FALSE(is_closed(1));
    BoardUpdate update;
    update.closed = {false, true};
    board.apply(std::move(update));
    EXPECT_FALSE(is_closed(0));
    EXPECT_TRUE(is_closed(1));
    EXPECT_FALSE(is_closed(2));
}

}  // namespace
}  // namespace spantoll::tools
