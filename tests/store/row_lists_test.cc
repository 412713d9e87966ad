#include "store/codec/row_lists.h"

#include <rapidcheck.h>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "tests/store/row_generators.h"
#include "tests/store/store_fixture.h"

namespace spantoll::store {
namespace {

TopicPartition any_partition() {
    return {*rc::gen::arbitrary<std::string>(), *rc::gen::arbitrary<int32_t>()};
}

// One row of every kind; a kind that is missing here fails the tests below.
RowLists any_rows() {
    RowLists rows;
    rows.offsets.push_back({any_partition(),
                            {*rc::gen::arbitrary<int64_t>(),
                             {*rc::gen::arbitrary<int64_t>(),
                              *rc::gen::arbitrary<uint32_t>(),
                              *rc::gen::arbitrary<uint32_t>()},
                             *rc::gen::arbitrary<int64_t>(),
                             any_time_or_unset()}});
    CountsRow counts;
    counts.polled = *rc::gen::arbitrary<uint64_t>();
    counts.late = *rc::gen::arbitrary<uint64_t>();
    counts.clamped = *rc::gen::arbitrary<uint64_t>();
    for (uint64_t& refused : counts.refused) {
        refused = *rc::gen::arbitrary<uint64_t>();
    }
    rows.counts.push_back({any_partition(), counts});
    rows.sink_positions.push_back({any_name(), *rc::gen::arbitrary<uint64_t>()});
    rows.command_positions.push_back({*rc::gen::arbitrary<uint64_t>(),
                                      *rc::gen::arbitrary<uint64_t>(),
                                      *rc::gen::arbitrary<uint64_t>(),
                                      *rc::gen::arbitrary<uint64_t>()});
    Command command{*rc::gen::arbitrary<uint64_t>(),
                    *rc::gen::arbitrary<int64_t>(),
                    any_name(),
                    *rc::gen::element(CommandKind::kConfig, CommandKind::kReset),
                    R"({"toml":""})",
                    {{any_partition(), *rc::gen::arbitrary<int64_t>()}},
                    "{}",
                    any_name(),
                    any_name(),
                    *rc::gen::arbitrary<uint64_t>(),
                    any_name()};
    rows.commands.push_back(std::move(command));
    Grant grant{*rc::gen::arbitrary<uint64_t>(),
                "key-day",
                "team:" + any_name(),
                *rc::gen::arbitrary<int64_t>(),
                *rc::gen::arbitrary<bool>(),
                *rc::gen::arbitrary<int64_t>(),
                *rc::gen::arbitrary<int64_t>(),
                any_name()};
    if (*rc::gen::arbitrary<bool>()) {
        grant.until_ms.reset();
    }
    rows.grants.push_back(std::move(grant));
    VirtualKey key{any_name(),
                   {any_name(), any_name()},
                   {any_name()},
                   *rc::gen::arbitrary<bool>(),
                   *rc::gen::arbitrary<int64_t>(),
                   {"team:" + any_name()},
                   any_name(),
                   *rc::gen::arbitrary<bool>()};
    if (*rc::gen::arbitrary<bool>()) {
        key.expires_ms.reset();
        key.ids.clear();
    }
    rows.keys.push_back(std::move(key));
    rows.accounts.push_back({any_name(), AccountId(*rc::gen::arbitrary<uint64_t>())});
    rows.short_lived_kinds.push_back({any_name()});
    rows.anchors.push_back({any_name(),
                            {WindowKind::kEvery, *rc::gen::inRange<int64_t>(1, 5000), kAnchorFirst},
                            *rc::gen::arbitrary<bool>(),
                            *rc::gen::arbitrary<uint32_t>(),
                            *rc::gen::arbitrary<int64_t>()});
    rows.zones.push_back({*rc::gen::arbitrary<std::string>()});
    rows.warm.push_back({});
    return rows;
}

TEST(RowLists, EveryKindIsReadBackFromItsKeyAndValue) {
    RecordEncoder encoder;
    EXPECT_TRUE(rc::check([&] {
        const RowLists some = any_rows();
        RowLists::each(some, [&]<HasRowKind Row>(const std::vector<Row>& rows) {
            RC_ASSERT(rows.size() == 1U);
            const std::string key = RowKind<Row>::key(rows[0]);
            const std::string value(RowKind<Row>::encode(encoder, rows[0]));
            RC_ASSERT(key.starts_with(RowKind<Row>::kPrefix));
            RC_ASSERT(RowKind<Row>::decode(key, value) == rows[0]);
            RC_ASSERT(!RowKind<Row>::decode("OTHER#a/0", value));
            RC_ASSERT(!RowKind<Row>::decode(key, value.substr(0, value.size() / 2)));
            RC_ASSERT(!RowKind<Row>::decode(key, encoder.text({"x", 1})));
        });
    }));
}

TEST(RowLists, NoPrefixIsTheBeginningOfAnother) {
    std::vector<std::string_view> prefixes;
    const RowLists none;
    RowLists::each(none, [&]<HasRowKind Row>(const std::vector<Row>&) {
        prefixes.push_back(RowKind<Row>::kPrefix);
    });
    for (size_t i = 0; i < prefixes.size(); ++i) {
        for (size_t j = 0; j < prefixes.size(); ++j) {
            EXPECT_TRUE(i == j || !prefixes[i].starts_with(prefixes[j])) << prefixes[i];
        }
    }
}

// Older programs refuse a row with more reasons than they know.
TEST(RowLists, CountsHaveNoMoreReasonsThanTheyNeed) {
    RecordEncoder encoder;
    PartitionCounts row{{"spans", 0}, {}};
    const std::string key = RowKind<PartitionCounts>::key(row);
    const auto encoded = [&] { return RowKind<PartitionCounts>::encode(encoder, row); };
    const size_t without = encoded().size();
    row.second.refused.front() = 1;
    const size_t with_first = encoded().size();
    EXPECT_LT(without, with_first);
    EXPECT_EQ(RowKind<PartitionCounts>::decode(key, encoded()), row);
    row.second.refused.back() = 1;
    EXPECT_LT(with_first, encoded().size());
    EXPECT_EQ(RowKind<PartitionCounts>::decode(key, encoded()), row);
}

class RowListsInAStore : public StoreFixture {};

TEST_F(RowListsInAStore, AreLoadedShownAndRemovedWhateverTheKind) {
    open();
    RowLists some;
    some.offsets = {{{"spans", 0}, OffsetRow{}}};
    some.counts = {{{"spans", 0}, CountsRow{}}};
    some.sink_positions = {{"kafka", 7}};
    some.command_positions = {{2, 2, 1, 1}};
    some.commands = {{1, 5, "file", CommandKind::kConfig, "{}", {}, "{}", "applied", "", 0, ""}};
    some.grants = {{1, "key-day", "team:a/b", -5, true, 60'000, std::nullopt, "as agreed"}};
    some.keys = {{"search", {"vk1"}, {"9f86"}, true, 60'000, {"team:a"}, "oncall", false}};
    some.accounts = {{"session:a", AccountId(7)}};
    some.short_lived_kinds = {{"session"}};
    some.anchors = {
        {"service:a", {WindowKind::kEvery, 300, kAnchorFirst}, true, 2, 1'772'316'000'250}};
    some.zones = {{"2025b"}};
    some.warm = {{}};
    commit([&](Commit& c) { static_cast<RowLists&>(c) = some; });
    const LoadedState there = reloaded();
    const auto all = dumped(true);
    const auto shown = dumped(false);
    RowLists::each(there, [&]<HasRowKind Row>(const std::vector<Row>& rows) {
        EXPECT_EQ(rows.size(), is_loaded_at_start<Row>() ? 1U : 0U) << RowKind<Row>::kPrefix;
    });
    RowLists::each(some, [&]<HasRowKind Row>(const std::vector<Row>& rows) {
        ASSERT_EQ(rows.size(), 1U) << RowKind<Row>::kPrefix;
        const std::string key = RowKind<Row>::key(rows[0]);
        ASSERT_TRUE(all.contains(key)) << key;
        EXPECT_EQ(all.at(key), RowKind<Row>::json(rows[0]));
        EXPECT_EQ(shown.contains(key), RowKind<Row>::kVisibility != Visibility::kInternal) << key;
    });
    commit([&](Commit& c) { c.removed = some; });
    const LoadedState gone = reloaded();
    RowLists::each(gone, [&]<HasRowKind Row>(const std::vector<Row>& rows) {
        EXPECT_TRUE(rows.empty()) << RowKind<Row>::kPrefix;
    });
    for (const auto& [key, json] : dumped(true)) {
        RowLists::each(some, [&]<HasRowKind Row>(const std::vector<Row>& rows) {
            EXPECT_NE(key, RowKind<Row>::key(rows[0])) << "is still there";
        });
    }
}

}  // namespace
}  // namespace spantoll::store
