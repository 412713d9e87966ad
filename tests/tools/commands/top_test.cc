#include <string>

#include <gtest/gtest.h>

#include "tools/commands/top_rows.h"
#include "tools/commands/top_table.h"

namespace spantoll::tools {
namespace {

std::string rolling(const std::string& pico, const std::string& ema) {
    return R"({"as_of_ms":1795183200000,"meters":{"tokens":{"live":"7","sample":"7"},"usd":{"live_pico_usd":")" +
           pico + R"(","live_usd":"x","sample_pico_usd":"0","ema":{"1/10":")" + ema + R"("}}}})";
}

TEST(TopRows, KnowTheKindsOfTheStore) {
    TopRows rows;
    const size_t built_in = rows.kinds().size();
    rows.add("META/FORMAT", R"({"version":2,"kinds":{"a":["team"],"b":["team","model"]},"x":1})");
    ASSERT_EQ(rows.kinds().size(), built_in + 2);
    EXPECT_EQ(rows.kinds().at(0), "global");
    EXPECT_EQ(rows.kinds().at(built_in), "a");
    EXPECT_EQ(rows.kinds().at(built_in + 1), "b");
}

TEST(TopRows, JoinWhatTheStoreHoldsOfAnAccount) {
    TopRows rows;
    rows.add("ENFORCE#a.example/peer-day", R"({"level":"warn","since_ms":1,"shadow":false})");
    rows.add("ENFORCE#a.example/peer-month", R"({"level":"block","since_ms":1,"shadow":false})");
    rows.add("ENFORCE#a.example/trial", R"({"level":"quarantine","since_ms":1,"shadow":true})");
    rows.add("FEDCOST#a.example/PERIOD#2026-10", R"({"cost_pico_usd":"900"})");
    rows.add("FEDCOST#a.example/PERIOD#2026-11",
             R"({"usage":{"cost_pico_usd":1},"cost_pico_usd":"50"})");
    rows.add("FEDCOST#a.example/PERIOD#2026-11-20", R"({"cost_pico_usd":"7"})");
    rows.add("FEDCOST#a.example/PERIOD#2026-Q4", R"({"cost_pico_usd":"8"})");
    rows.add("FEDCOST#team:old/PERIOD#2026-10", R"({"cost_pico_usd":"3"})");
    rows.add("META/COUNTS#file/0",
             R"({"polled":9,"accepted":5,"duplicate":1,"late":2,"refused":{"future":3}})");
    rows.add("META/COUNTS#file/1",
             R"({"polled":1,"accepted":1,"duplicate":0,"late":0,"refused":{"future":0}})");
    rows.add("ROLLING#a.example/24h", rolling("40", "12.999999"));
    rows.add("ROLLING#a.example/2h", rolling("1", "1.000000"));
    rows.add("ROLLING#global/24h", rolling("170141183460469231731687", "0.000000"));
    rows.add("ROLLING#team:b/24h", rolling("41", "0.000000"));

    const std::vector<TopAccount> top = rows.top(10, "");
    ASSERT_EQ(top.size(), 3U);
    EXPECT_EQ(top[0].name, "global");
    EXPECT_EQ(top[1].name, "team:b");
    EXPECT_EQ(top[2].name, "a.example");
    EXPECT_EQ(top[2].day, Money::from_pico(40));
    EXPECT_EQ(top[2].month, Money::from_pico(50));
    EXPECT_EQ(top[2].ema, Money::from_pico(12));
    EXPECT_EQ(top[2].level, Action::kBlock);
    EXPECT_EQ(rows.top(1, "").size(), 1U);
    EXPECT_EQ(rows.top(10, "domain").at(0).name, "a.example");
    EXPECT_EQ(rows.top(10, "team").at(0).name, "team:b");
    EXPECT_EQ(rows.top(10, "global").size(), 1U);
    EXPECT_EQ(rows.as_of_ms(), 1795183200000);
    EXPECT_EQ(rows.counts().accepted, 6U);
    EXPECT_EQ(rows.counts().refused[static_cast<size_t>(Refusal::kFuture)], 3U);
}

TEST(TopTable, FitsEightyColumns) {
    TopAccount global;
    global.name = "global";
    global.day = Money::from_pico(Int128{123'456'789} * kPicoPerUsd);
    const std::vector<TopAccount> accounts{
        {.name = std::string(300, 'n'),
         .day = Money::from_pico(Int128{1'234'567} * kPicoPerUsd),
         .month = Money::from_pico(-kPicoPerUsd / 2),
         .ema = Money::from_pico(123'456'789'999),
         .level = Action::kQuarantine},
        global,
    };
    EXPECT_EQ(top_table(accounts, TableStyle::kPlain),
              "ACCOUNT                           24 H USD    MONTH USD      EMA USD  LEVEL\n"
              "nnnnnnnnnnnnnnnnnnnnnnnnnnnn… 1234567.0000      -0.5000       0.1234  quarantine\n"
              "global                        123456789.00       0.0000       0.0000  -\n");
    EXPECT_NE(top_table(accounts, TableStyle::kColoured).find("\x1b[31mquarantine\x1b[0m"),
              std::string::npos);
}

TEST(CutToColumns, CountsCharactersAndHidesWhatATerminalWouldObey) {
    EXPECT_EQ(cut_to_columns("abc", 5), "abc  ");
    EXPECT_EQ(cut_to_columns("abcde", 5), "abcde");
    EXPECT_EQ(cut_to_columns("abcdef", 5), "abcd…");
    EXPECT_EQ(cut_to_columns("äöüß€", 5), "äöüß€");
    EXPECT_EQ(cut_to_columns("äöüß€x", 5), "äöüß…");
    EXPECT_EQ(cut_to_columns("a\x1b[2J", 6), "a?[2J ");
    EXPECT_EQ(cut_to_columns("a\xc2\x9b"
                             "2J",
                             4),
              "a?2J");
    EXPECT_EQ(cut_to_columns("a\u202eb\u200b", 4), "a?b?");
    EXPECT_EQ(cut_to_columns("a\xff", 4), "a?  ");
}

TEST(CutToColumns, CountsTwoForWideCharacters) {
    EXPECT_EQ(cut_to_columns("東京", 5), "東京 ");
    EXPECT_EQ(cut_to_columns("東京都", 6), "東京都");
    EXPECT_EQ(cut_to_columns("東京都", 5), "東京…");
    EXPECT_EQ(cut_to_columns("東京都", 4), "東… ");
}

TEST(ShortUsd, CutsToFourDecimals) {
    EXPECT_EQ(short_usd(Money::from_pico(0)), "0.0000");
    EXPECT_EQ(short_usd(Money::from_pico(99'999'999)), "0.0000");
    EXPECT_EQ(short_usd(Money::from_pico(100'000'000)), "0.0001");
    EXPECT_EQ(short_usd(Money::from_pico(-1'999'900'000'000)), "-1.9999");
    EXPECT_EQ(short_usd(Money::from_pico(Int128{98'765} * kPicoPerUsd)), "98765.0000");
}

}  // namespace
}  // namespace spantoll::tools
