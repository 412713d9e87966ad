#include "store/codec/keys.h"

#include <rapidcheck.h>
#include <string>
#include <tuple>

#include <gtest/gtest.h>

namespace spantoll::store {
namespace {

// Escaped names have no '/' or '#', and no byte below 0x20.
std::string any_escaped() {
    return *rc::gen::container<std::string>(rc::gen::elementOf(std::string("ab%23:~,.-\x7f\xff!")));
}

std::string key_of(void (*put)(std::string&, std::string_view, std::string_view),
                   std::string_view first,
                   std::string_view second) {
    std::string key;
    put(key, first, second);
    return key;
}

TEST(Keys, AreThoseOfTheContract) {
    EXPECT_EQ(key_of(put_fedcost_key, "mastodon.social", "2026-11"),
              "FEDCOST#mastodon.social/PERIOD#2026-11");
    EXPECT_EQ(key_of(put_index_key, "2026-11", "service:pay"),
              "PERIOD#2026-11/INSTANCE#service:pay");
    EXPECT_EQ(key_of(put_enforce_key, "global", "peer-day"), "ENFORCE#global/peer-day");
    std::string rolling;
    put_rolling_key(rolling, "global", 1440);
    EXPECT_EQ(rolling, "ROLLING#global/24h");
    put_rolling_key(rolling, "global", 90);
    EXPECT_EQ(rolling, "ROLLING#global/90m");
    EXPECT_EQ(partition_key("META/OFFSET#", {"spans", 3}), "META/OFFSET#spans/3");
    EXPECT_EQ(dead_key({"spans", 0}, 17), "DEAD#spans/0/00000000000000000017");
    EXPECT_EQ(numbered_key(kOutboxPrefix, 42), "OUTBOX#00000000000000000042");
}

TEST(Keys, OfTwoAccountsAndLabelsDiffer) {
    EXPECT_TRUE(rc::check([] {
        const auto first = std::tuple(any_escaped(), any_escaped());
        const auto second = std::tuple(any_escaped(), any_escaped());
        for (const auto put : {put_fedcost_key, put_window_key, put_enforce_key, put_index_key}) {
            RC_ASSERT((first == second) == (key_of(put, std::get<0>(first), std::get<1>(first)) ==
                                            key_of(put, std::get<0>(second), std::get<1>(second))));
        }
    }));
}

TEST(Keys, TellTheirPartsAgain) {
    EXPECT_TRUE(rc::check([] {
        const std::string account = any_escaped();
        const std::string label = any_escaped();
        const std::string enforce = key_of(put_enforce_key, account, label);
        const auto cut = parse_account_key(kEnforcePrefix, enforce);
        RC_ASSERT(cut && cut->account == account && cut->rest == label);
        const std::string indexed = key_of(put_index_key, label, account);
        const auto index = parse_index_key(indexed);
        RC_ASSERT(index && index->account == account && index->label == label);
    }));
}

TEST(Keys, OfPartitionsTellTopicsOfAnyBytesApart) {
    EXPECT_TRUE(rc::check([] {
        const TopicPartition partition{*rc::gen::arbitrary<std::string>(),
                                       *rc::gen::arbitrary<int32_t>()};
        RC_ASSERT(parse_partition_key("P#", partition_key("P#", partition)) == partition);
        const auto offset = *rc::gen::inRange<int64_t>(0, std::numeric_limits<int64_t>::max());
        const auto dead = parse_dead_key(dead_key(partition, offset));
        RC_ASSERT(dead && dead->partition == partition && dead->offset == offset);
    }));
}

TEST(Keys, SortAsTheirNumbers) {
    EXPECT_TRUE(rc::check([] {
        const auto a = *rc::gen::arbitrary<uint64_t>();
        const auto b = *rc::gen::arbitrary<uint64_t>();
        RC_ASSERT((a < b) == (numbered_key(kOutboxPrefix, a) < numbered_key(kOutboxPrefix, b)));
        const Pane pane_a(static_cast<int64_t>(a >> 1));
        const Pane pane_b(static_cast<int64_t>(b >> 1));
        const std::string key_a = pane_row_key(pane_a, b);
        const std::string key_b = pane_row_key(pane_b, a);
        RC_ASSERT((std::tuple(pane_a, b) < std::tuple(pane_b, a)) == (key_a < key_b));
        RC_ASSERT((key_a < key_b) == (shown_pane_row_key(kPanePrefix, key_a) <
                                      shown_pane_row_key(kPanePrefix, key_b)));
        const auto parsed = parse_pane_row_key(key_a);
        RC_ASSERT(parsed && parsed->pane == pane_a && parsed->row == b);
    }));
}

TEST(Keys, AfterAPrefixLieAllThatHaveIt) {
    EXPECT_EQ(after_prefix("FEDCOST#"), "FEDCOST$");
    EXPECT_LT(std::string("PERIOD#2026-11/INSTANCE#\xff\xff"),
              after_prefix(index_prefix("2026-11")));
    // A day of the month sorts before the month, and not in between.
    EXPECT_LT(after_prefix(index_prefix("2026-11-01")), index_prefix("2026-11"));
}

TEST(Keys, ThatAreNoneOfOursHaveNoParts) {
    EXPECT_FALSE(parse_account_key(kEnforcePrefix, "ROLLING#global/24h"));
    EXPECT_FALSE(parse_account_key(kEnforcePrefix, "ENFORCE#global"));
    EXPECT_FALSE(parse_index_key("PERIOD#2026-11"));
    EXPECT_FALSE(parse_partition_key("META/OFFSET#", "META/OFFSET#a/x"));
    EXPECT_FALSE(parse_partition_key("META/OFFSET#", "META/OFFSET#a%2/1"));
    EXPECT_FALSE(parse_dead_key("DEAD#a/1"));
    EXPECT_FALSE(parse_numbered_key(kOutboxPrefix, "OUTBOX#12x"));
    EXPECT_FALSE(parse_pane_row_key("short"));
}

}  // namespace
}  // namespace spantoll::store
