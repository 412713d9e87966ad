#include "tools/pipeline/flag_board.h"

#include <gtest/gtest.h>

#include "schemas/event_time.h"

namespace spantoll::tools {
namespace {

EnforceRow row(std::string account, std::string limit, Action level) {
    EnforceRow row;
    row.account = std::move(account);
    row.limit = std::move(limit);
    row.level = level;
    row.since_ms = 7;
    row.valid_until_ms = 9;
    return row;
}

// "limit=level" of the account's flags.
std::vector<std::string> flags_of(const FlagBoard& board, std::string_view account) {
    std::vector<std::string> flags;
    for (const FlagBoard::Flag& flag : board.read(account).flags) {
        flags.push_back(flag.limit + "=" + std::string(name_of(flag.level)));
    }
    return flags;
}

using Flags = std::vector<std::string>;

TEST(FlagBoard, HasTheLevelsInForceOfEachAccount) {
    FlagBoard board;
    board.update({row("team:a", "day", Action::kWarn),
                  row("team:a", "month", Action::kBlock),
                  row("team:b", "day", Action::kThrottle)},
                 {});
    EXPECT_EQ(flags_of(board, "team:a"), (Flags{"day=warn", "month=block"}));
    EXPECT_EQ(flags_of(board, "team:b"), Flags{"day=throttle"});
    EXPECT_EQ(flags_of(board, "team"), Flags());
    EXPECT_EQ(board.size(), 3U);
    const FlagBoard::Flag flag = board.read("team:b").flags.at(0);
    EXPECT_EQ(flag.since_ms, 7);
    EXPECT_EQ(flag.valid_until_ms, 9);
}

TEST(FlagBoard, ALevelThatChangesTakesThePlaceOfTheOneBefore) {
    FlagBoard board;
    board.update({row("team:a", "day", Action::kWarn)}, {});
    board.update({row("team:a", "day", Action::kBlock)}, {});
    EXPECT_EQ(flags_of(board, "team:a"), Flags{"day=block"});
    board.update({row("team:a", "day", Action::kNone)}, {});
    EXPECT_EQ(flags_of(board, "team:a"), Flags());
    EXPECT_EQ(board.size(), 0U);
}

TEST(FlagBoard, ARemovedRowIsNoFlagUnlessTheSameCommitWritesItAgain) {
    FlagBoard board;
    board.update({row("team:a", "day", Action::kWarn), row("team:a", "month", Action::kWarn)}, {});
    board.update({row("team:a", "day", Action::kBlock)},
                 {{"team:a", "day"}, {"team:a", "month"}, {"team:nobody", "day"}});
    EXPECT_EQ(flags_of(board, "team:a"), Flags{"day=block"});
}

TEST(FlagBoard, ShadowLimitsEnforceNothing) {
    FlagBoard board;
    board.update({row("team:a", "day", Action::kBlock)}, {});
    EnforceRow shadow = row("team:a", "day", Action::kBlock);
    shadow.shadow = true;
    board.update({shadow}, {});
    EXPECT_EQ(flags_of(board, "team:a"), Flags());
}

TEST(FlagBoard, SaysOfWhichTimeItIs) {
    FlagBoard board;
    EXPECT_EQ(board.read("global").as_of_ms, kUnset);
    EXPECT_EQ(board.read("global").watermark_ms, kUnset);
    board.set_time(Pane(10), 10 * kMinuteMs + 5);
    EXPECT_EQ(board.read("global").as_of_ms, 10 * kMinuteMs);
    EXPECT_EQ(board.read("global").watermark_ms, 10 * kMinuteMs + 5);
    board.set_time(kUnsetPane, kUnset);
    EXPECT_EQ(board.read("global").as_of_ms, kUnset);
}

TEST(FlagBoard, AKindIsOpenUntilItIsSaidToBeClosed) {
    FlagBoard board;
    EXPECT_FALSE(board.is_closed(1));
    board.set_closed({false, true});
    EXPECT_FALSE(board.is_closed(0));
    EXPECT_TRUE(board.is_closed(1));
    EXPECT_FALSE(board.is_closed(2));
}

}  // namespace
}  // namespace spantoll::tools
