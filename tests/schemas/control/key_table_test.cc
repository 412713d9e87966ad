// What the tables of tests/tables/semantics/keys.txt cannot say: what is asked of keys beside
// charges.
#include "schemas/control/key_table.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "schemas/ancestors.h"

namespace spantoll {
namespace {

using Origin = KeyTable::Origin;

std::string hash_of(char digit) {
    return std::string(64, digit);
}

VirtualKey key_named(std::string name) {
    VirtualKey key;
    key.name = std::move(name);
    return key;
}

TEST(KeyTable, AKeyIsFoundByItsNameAndItsIds) {
    Settings settings;
    settings.keys = {key_named("search")};
    settings.keys[0].ids = {"vk1", "a4f0"};
    const KeyTable keys(settings, {});
    ASSERT_NE(keys.find_by_id("vk1"), nullptr);
    EXPECT_EQ(keys.find_by_id("vk1"), keys.find_by_name("search"));
    EXPECT_EQ(keys.find_by_id("search"), keys.find_by_name("search"));
    EXPECT_EQ(keys.find_by_name("vk1"), nullptr);
    EXPECT_EQ(keys.find_by_id("Search"), nullptr);
    EXPECT_EQ(keys.name_of("a4f0"), "search");
    EXPECT_EQ(keys.name_of("other"), "other");
    EXPECT_EQ(keys.find_by_id_in("virtual_key:vk1"), keys.find_by_name("search"));
    EXPECT_EQ(keys.find_by_id_in("virtual_key:search"), nullptr);
    EXPECT_EQ(keys.find_by_id_in("vk1"), nullptr);  // a domain
    EXPECT_TRUE(KeyTable().is_empty());
    EXPECT_EQ(KeyTable().find_by_id("vk1"), nullptr);
}

TEST(KeyTable, AnIdThatACommandMovedBelongsToItsNewKey) {
    Settings settings;
    settings.keys = {key_named("search")};
    settings.keys[0].ids = {"vk1", "vk2"};
    settings.keys[0].parents = {"team:search"};
    VirtualKey ads = key_named("ads");
    ads.ids = {"vk1"};
    VirtualKey search = key_named("search");
    search.ids = {"vk2"};
    // As rows of a store come: by name.
    const KeyTable keys(settings, std::vector{ads, search});
    EXPECT_EQ(keys.name_of("vk1"), "ads");
    EXPECT_EQ(keys.name_of("vk2"), "search");
    EXPECT_TRUE(ancestors_of(keys.parents(), "virtual_key:search").empty());

    KeyTable step_by_step(settings, {});
    step_by_step.put(ads, Origin::kCommand);
    step_by_step.put(search, Origin::kCommand);
    EXPECT_EQ(step_by_step.name_of("vk1"), "ads");
}

TEST(KeyTable, ASecretIsFoundByItsWholeHash) {
    KeyTable keys;
    VirtualKey first = key_named("first");
    first.sha256 = {hash_of('a'), hash_of('b')};
    keys.put(first, Origin::kCommand);
    VirtualKey second = key_named("second");
    second.sha256 = {std::string(63, 'a') + "c"};  // begins as one of the first
    keys.put(second, Origin::kCommand);
    EXPECT_EQ(keys.find_by_secret_hash(hash_of('a')), keys.find_by_name("first"));
    EXPECT_EQ(keys.find_by_secret_hash(hash_of('b')), keys.find_by_name("first"));
    EXPECT_EQ(keys.find_by_secret_hash(second.sha256[0]), keys.find_by_name("second"));
    EXPECT_EQ(keys.find_by_secret_hash(std::string(63, 'a') + "d"), nullptr);
    EXPECT_EQ(keys.find_by_secret_hash(std::string(16, 'a')), nullptr);
    EXPECT_EQ(keys.find_by_secret_hash(""), nullptr);
    first.sha256 = {hash_of('b')};
    keys.put(first, Origin::kCommand);
    EXPECT_EQ(keys.find_by_secret_hash(hash_of('a')), nullptr);
    EXPECT_EQ(keys.find_by_secret_hash(second.sha256[0]), keys.find_by_name("second"));
}

TEST(KeyTable, AKeyIsActiveUntilTheMomentItExpires) {
    VirtualKey key = key_named("k");
    EXPECT_EQ(KeyTable::state(nullptr, 0), KeyState::kUnknown);
    EXPECT_EQ(KeyTable::state(&key, 0), KeyState::kActive);
    key.expires_ms = 1000;
    EXPECT_EQ(KeyTable::state(&key, 999), KeyState::kActive);
    EXPECT_EQ(KeyTable::state(&key, 1000), KeyState::kExpired);
    key.is_active = false;
    EXPECT_EQ(KeyTable::state(&key, 1000), KeyState::kInactive);
    key.is_active = true;
    key.is_removed = true;
    EXPECT_EQ(KeyTable::state(&key, 0), KeyState::kInactive);
}

TEST(KeyTable, ParentsAreThoseOfTheConfigurationAndOfTheKey) {
    Settings settings;
    settings.accounts.parents = {{"virtual_key:k", {"team:a"}}};
    settings.keys = {key_named("k")};
    settings.keys[0].parents = {"user:u", "team:a"};
    KeyTable keys(settings, {});
    EXPECT_EQ(keys.parents().at("virtual_key:k"), (std::vector<std::string>{"team:a", "user:u"}));
    EXPECT_TRUE(keys.is_parent("user:u"));
    VirtualKey other = key_named("k");
    other.parents = {"user:v"};
    keys.put(other, Origin::kCommand);
    EXPECT_EQ(keys.parents().at("virtual_key:k"), (std::vector<std::string>{"team:a", "user:v"}));
    EXPECT_FALSE(keys.is_parent("user:u"));
    EXPECT_TRUE(keys.is_parent("team:a"));
    EXPECT_EQ(keys.of_commands(), std::vector{other});
    EXPECT_TRUE(KeyTable(settings, {}).of_commands().empty());
    other = key_named("lonely");
    keys.put(other, Origin::kCommand);
    EXPECT_FALSE(keys.parents().contains("virtual_key:lonely"));
}

// Every span charges all of them.
TEST(KeyTable, AnAccountHas64AncestorsAtMost) {
    Settings settings;
    for (size_t i = 0; i + 1 < kAncestorsMax; ++i) {
        settings.accounts.parents[fmt::format("team:{}", i)] = {fmt::format("team:{}", i + 1)};
    }
    settings.accounts.parents["user:below"] = {"virtual_key:k"};
    const KeyTable keys(settings, {});
    VirtualKey key = key_named("k");
    key.parents = {"team:1"};
    EXPECT_TRUE(keys.conflicts(key).empty());
    key.parents = {"team:0"};  // 64 above the key, and 65 above the user
    ASSERT_EQ(keys.conflicts(key).size(), 1U);
    EXPECT_NE(keys.conflicts(key)[0].find("user:below"), std::string::npos);
    key.parents = {"user:above", "team:0"};
    ASSERT_EQ(keys.conflicts(key).size(), 1U);
    EXPECT_EQ(keys.conflicts(key)[0], "it has over 64 accounts above it: take some out");
}

TEST(KeyTable, TheOwnerIsThatOfEveryAccountOfTheKey) {
    Settings settings;
    settings.accounts.kinds = {{"model_key", {Dimension::kModel, Dimension::kVirtualKey}}};
    settings.keys = {key_named("k")};
    settings.keys[0].owner = "oncall";
    const KeyTable keys(settings, {});
    EXPECT_EQ(keys.owner_of("virtual_key:k"), "oncall");
    EXPECT_EQ(keys.owner_of("model_key:large,k"), "oncall");
    EXPECT_EQ(keys.owner_of("model_key:k,large"), "");
    EXPECT_EQ(keys.owner_of("team:k"), "");
    EXPECT_EQ(keys.owner_of("global"), "");
    EXPECT_EQ(keys.owner_of("virtual_key:~other"), "");
    EXPECT_EQ(keys.owner_of("model_key:~other"), "");
}

}  // namespace
}  // namespace spantoll
