#include "window/account_registry.h"

#include <gtest/gtest.h>

#include "tests/window/parts.h"

namespace spantoll::window {
namespace {

AccountSettings capped(uint64_t max_per_kind) {
    AccountSettings settings;
    settings.max_per_kind = max_per_kind;
    return settings;
}

TEST(AccountRegistry, AnAccountIsFoundByNameAndById) {
    Parts parts;
    const AccountIndex a = parts.account("service:a");
    const AccountIndex b = parts.account("service:b");
    EXPECT_NE(a, b);
    EXPECT_EQ(parts.registry.find("service:a"), a);
    EXPECT_EQ(parts.registry.find("service:c"), kNoAccount);
    EXPECT_EQ(parts.registry.by_id().find(parts.accounts.id(b)), b);
    EXPECT_EQ(parts.registry.count(), 2U);
    EXPECT_EQ(parts.registry.next_id(), AccountId(3));
}

TEST(AccountRegistry, WhoLeftIsNotFoundAndItsIdIsNotUsedAgain) {
    Parts parts;
    const AccountIndex a = parts.account("service:a");
    const AccountId id = parts.accounts.id(a);
    parts.registry.remove(a);
    EXPECT_EQ(parts.registry.find("service:a"), kNoAccount);
    EXPECT_EQ(parts.registry.by_id().find(id), kNoAccount);
    EXPECT_FALSE(parts.accounts.is_current(a, id));
    const AccountIndex again = parts.account("service:a");
    EXPECT_EQ(again, a);  // its memory is used again
    EXPECT_GT(parts.accounts.id(again), id);
}

TEST(AccountRegistry, BeyondTheCapANameIsChargedToOther) {
    Parts parts({}, capped(1));
    parts.account("service:a");
    const AccountIndex other = parts.account("service:b");
    EXPECT_EQ(parts.accounts.text(other), "service:~other");
    EXPECT_EQ(parts.registry.overflow_count(), 1U);
    EXPECT_TRUE(parts.registry.is_closed(*parts.kinds.find("service")));
    EXPECT_FALSE(parts.registry.is_closed(*parts.kinds.find("user")));
}

TEST(AccountRegistry, ANameThatSpendsTakesThePlaceOfTheNewestThatHasNot) {
    Parts parts({}, capped(2));
    std::vector<std::pair<std::string, std::string>> given;
    parts.registry.set_rest({.has_spent_nothing = [](AccountIndex) { return true; },
                             .may_give_way = [](AccountIndex) { return true; },
                             .hand_over =
                                 [&](AccountIndex from, AccountIndex to) {
                                     given.emplace_back(parts.accounts.text(from),
                                                        parts.accounts.text(to));
                                 },
                             .came = {}});
    parts.account("service:a");
    parts.account("service:b");
    EXPECT_EQ(parts.accounts.text(parts.account("service:free")), "service:~other");
    const Charge spends = charge_at(kTime0, 1);
    const KindIndex service = *parts.kinds.find("service");
    const AccountIndex c = parts.registry.find_or_create(service, "service:c", {&spends, {}});
    EXPECT_EQ(parts.accounts.text(c), "service:c");
    EXPECT_EQ(parts.registry.find("service:b"), kNoAccount);
    const std::vector<std::pair<std::string, std::string>> expected{
        {"service:b", "service:~other"}};
    EXPECT_EQ(given, expected);
    // Accounts of the same span do not give way.
    const std::vector<AccountIndex> others{parts.registry.find("service:a"), c};
    const AccountIndex d = parts.registry.find_or_create(service, "service:d", {&spends, others});
    EXPECT_EQ(parts.accounts.text(d), "service:~other");
}

TEST(AccountRegistry, ParentsAreFoundAllTheWayUpAndEachOnce) {
    AccountSettings settings;
    settings.parents = {
        {"user:u", {"team:a", "team:b"}}, {"team:a", {"customer:c"}}, {"team:b", {"customer:c"}}};
    Parts parts({}, settings);
    const AccountIndex user = parts.account("user:u");
    ASSERT_TRUE(parts.accounts.head(user).has_parents);
    std::vector<AccountIndex> all{user};
    parts.registry.add_parents_of(user, "user:u", Charge{}, all);
    std::vector<std::string> texts;
    for (const AccountIndex index : all) {
        texts.push_back(parts.accounts.text(index));
    }
    EXPECT_EQ(texts, (std::vector<std::string>{"user:u", "team:a", "team:b", "customer:c"}));
}

}  // namespace
}  // namespace spantoll::window
