#include "window/charge_journal.h"

#include <rapidcheck.h>

#include <gtest/gtest.h>

#include "schemas/packed.h"

namespace spantoll::window {
namespace {

constexpr int64_t kTimeMs = 1'795'000'000'000;

struct Recorded {
    Charge charge;
    std::vector<MeterQuantity> usage;
    std::vector<AccountIndex> accounts;
};

Recorded arbitrary_charge() {
    Recorded recorded;
    Charge& charge = recorded.charge;
    charge.time_ms = kTimeMs + *rc::gen::inRange<int64_t>(-100'000, 100'000);
    charge.is_late = *rc::gen::arbitrary<bool>();
    charge.requests = *rc::gen::inRange<uint32_t>(0, 2);
    charge.errors = *rc::gen::inRange<uint32_t>(0, 2);
    charge.is_unpriced = *rc::gen::arbitrary<bool>();
    charge.ingress_bytes = *rc::gen::arbitrary<uint64_t>();
    charge.egress_bytes = *rc::gen::arbitrary<uint64_t>();
    const auto high = *rc::gen::arbitrary<int32_t>();
    charge.cost = Money::from_pico(Int128{high} * *rc::gen::arbitrary<int64_t>());
    const auto meters = *rc::gen::container<std::vector<uint32_t>>(rc::gen::inRange(0U, 5000U));
    for (const uint32_t meter : meters) {
        recorded.usage.push_back({meter, *rc::gen::arbitrary<uint64_t>()});
    }
    recorded.accounts = *rc::gen::arbitrary<std::vector<AccountIndex>>();
    return recorded;
}

void expect_equal(const JournalReader::Entry& entry, const Recorded& recorded) {
    const Charge& a = entry.charge;
    const Charge& b = recorded.charge;
    RC_ASSERT(a.time_ms == b.time_ms);
    RC_ASSERT(a.is_late == b.is_late);
    RC_ASSERT(a.requests == b.requests);
    RC_ASSERT(a.errors == b.errors);
    RC_ASSERT(a.is_unpriced == b.is_unpriced);
    RC_ASSERT(a.ingress_bytes == b.ingress_bytes);
    RC_ASSERT(a.egress_bytes == b.egress_bytes);
    RC_ASSERT(a.cost == b.cost);
    RC_ASSERT(entry.usage == recorded.usage);
    RC_ASSERT(entry.accounts == recorded.accounts);
}

JournalHead example_head() {
    JournalHead head;
    const WindowSpec own{WindowKind::kEvery, 300, kAnchorFirst};
    head.windows = {{{WindowKind::kMonth}},
                    {{WindowKind::kEvery, 300}, false, 2},
                    {{WindowKind::kMonth}, true},
                    {own, false, 0, -1'772'316'000'250},
                    {own, true, 7, 1'772'316'000'250}};
    head.written = {7, 70'000, 0};
    head.introduced.push_back({3, "service:ünïcode/é", {0, 1}, {5, 1440}});
    head.introduced.push_back({4'000'000'000, "global", {}, {}});
    return head;
}

TEST(ChargeJournal, WhatIsRecordedIsReadBack) {
    EXPECT_TRUE(rc::check([] {
        ChargeJournal journal;
        std::vector<Recorded> all(*rc::gen::inRange<size_t>(0, 20));
        for (Recorded& recorded : all) {
            recorded = arbitrary_charge();
            recorded.charge.usage = recorded.usage;
            journal.record(recorded.charge, recorded.accounts);
        }
        const std::string row = journal.take_row(example_head());
        RC_ASSERT(journal.size() == 0U);
        std::optional<JournalReader> reader = JournalReader::open(row);
        RC_ASSERT(reader.has_value());
        JournalReader::Entry entry;
        for (const Recorded& recorded : all) {
            RC_ASSERT(!reader->is_at_end());
            RC_ASSERT(reader->next(entry));
            expect_equal(entry, recorded);
        }
        RC_ASSERT(reader->is_at_end());
    }));
}

TEST(ChargeJournal, TheHeadSaysWhoIsIntroducedAndSettled) {
    ChargeJournal journal;
    const JournalHead head = example_head();
    const std::string row = journal.take_row(head);
    const std::optional<JournalReader> reader = JournalReader::open(row);
    const JournalHead read = reader ? reader->head() : JournalHead{};
    EXPECT_EQ(read.windows, head.windows);
    EXPECT_EQ(read.written, head.written);
    ASSERT_EQ(read.introduced.size(), 2U);
    const IntroducedAccount& first = read.introduced.front();
    EXPECT_EQ(first.number, 3U);
    EXPECT_EQ(first.text, "service:ünïcode/é");
    EXPECT_EQ(first.periods, (std::vector<uint32_t>{0, 1}));
    EXPECT_EQ(first.rolling_minutes, (std::vector<int64_t>{5, 1440}));
    EXPECT_EQ(read.introduced.back().number, 4'000'000'000U);
}

// Every cut of a row is refused or ends early; none is read past its end (under the sanitizers).
TEST(ChargeJournal, ARowThatIsCutOffIsNoRow) {
    ChargeJournal journal;
    const std::vector<MeterQuantity> usage{{1, 500}, {300, 1}};
    Charge charge;
    charge.time_ms = kTimeMs;
    charge.cost = Money::from_pico(Int128{1} << 100);
    charge.usage = usage;
    const std::vector<AccountIndex> accounts{1, 2, 300'000};
    journal.record(charge, accounts);
    const std::string row = journal.take_row(example_head());
    for (size_t size = 0; size < row.size(); ++size) {
        std::optional<JournalReader> reader =
            JournalReader::open(std::string_view(row).substr(0, size));
        JournalReader::Entry entry;
        EXPECT_TRUE(!reader || reader->is_at_end() || !reader->next(entry)) << size;
    }
    EXPECT_FALSE(JournalReader::open("\x03" + row.substr(1)));
}

// Flags in one byte, and tokens, which usage has as well.
TEST(ChargeJournal, RowsOfTheFirstVersionAreRead) {
    std::string row("\x01\x00\x00\x00", 4);       // no window, nothing written, nobody introduced
    row += static_cast<char>(1 + 32 + 64 + 128);  // a request, egress, tokens, usage
    put_signed(row, kTimeMs);
    put_signed(row, -5);
    put_number(row, 77U);
    put_signed(row, 500);
    put_number(row, 1U);  // one usage
    put_number(row, 9U);
    put_number(row, 500U);
    put_numbers(row, std::vector<AccountIndex>{4, 5});
    std::optional<JournalReader> reader = JournalReader::open(row);
    ASSERT_TRUE(reader.has_value());
    JournalReader::Entry entry;
    ASSERT_TRUE(reader->next(entry));
    EXPECT_TRUE(reader->is_at_end());
    EXPECT_EQ(entry.charge.time_ms, kTimeMs);
    EXPECT_EQ(entry.charge.requests, 1U);
    EXPECT_EQ(entry.charge.cost.pico(), -5);
    EXPECT_EQ(entry.charge.egress_bytes, 77U);
    EXPECT_EQ(entry.usage, (std::vector<MeterQuantity>{{9, 500}}));
    EXPECT_EQ(entry.accounts, (std::vector<AccountIndex>{4, 5}));
}

TEST(ChargeJournal, ItIsFullAtSomeSize) {
    ChargeJournal journal;
    Charge charge;
    charge.time_ms = kTimeMs;
    const std::vector<AccountIndex> accounts(1000, 1);
    EXPECT_FALSE(journal.is_full());
    for (size_t i = 0; i <= ChargeJournal::kBytesMax / accounts.size(); ++i) {
        journal.record(charge, accounts);
    }
    EXPECT_TRUE(journal.is_full());
    journal.clear();
    EXPECT_FALSE(journal.is_full());
}

}  // namespace
}  // namespace spantoll::window
