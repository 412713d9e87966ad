#include "store/codec/record_codec.h"

#include <rapidcheck.h>

#include <gtest/gtest.h>

#include "schemas/packed.h"
#include "tests/schemas/sample_decisions.h"
#include "tests/store/old_decisions.h"
#include "tests/store/row_generators.h"

namespace spantoll::store {
namespace {

bool operator_equal(const DeadLetter& a, const DeadLetter& b) {
    return a.sequence == b.sequence && a.refused == b.refused && a.size == b.size &&
           a.bytes == b.bytes && a.content_type == b.content_type && a.detail == b.detail;
}

TEST(RecordCodec, ReadsBackPeriods) {
    RecordEncoder encoder;
    EXPECT_TRUE(rc::check([&] {
        PeriodRecord record = any_period_record();
        if (*rc::gen::arbitrary<bool>()) {
            record.window = Period{any_window(),
                                   *rc::gen::arbitrary<int64_t>(),
                                   *rc::gen::arbitrary<bool>(),
                                   *rc::gen::inRange<uint32_t>(0, 3)};
        }
        RC_ASSERT(decode_period(encoder.period(record)) == record);
    }));
}

TEST(RecordCodec, NamesTheMetersOfTotals) {
    RecordEncoder encoder;
    PeriodTotals totals;
    totals.request_count = 1;
    totals.usage = {{1, 7}, {0, Int128{1} << 100}};
    const auto record = decode_period(encoder.period(totals, {"input_tokens", "b"}, nullptr));
    EXPECT_EQ(record.value_or(PeriodRecord{}).usage,
              (std::vector<std::pair<std::string, Int128>>{{"b", 7},
                                                           {"input_tokens", Int128{1} << 100}}));
}

TEST(RecordCodec, ReadsBackRollings) {
    RecordEncoder encoder;
    EXPECT_TRUE(rc::check([&] {
        RollingRow row = any_rolling();
        std::optional<RollingRow> decoded = decode_rolling(encoder.rolling(row));
        RC_ASSERT(decoded.has_value());
        row.account.clear();
        RC_ASSERT(*decoded == row);
    }));
}

TEST(RecordCodec, ReadsBackLevels) {
    RecordEncoder encoder;
    EXPECT_TRUE(rc::check([&] {
        EnforceRow row = any_enforce();
        std::optional<EnforceRow> decoded = decode_enforce(encoder.enforce(row));
        RC_ASSERT(decoded.has_value());
        row.account.clear();
        row.limit.clear();
        RC_ASSERT(*decoded == row);
    }));
}

TEST(RecordCodec, ReadsBackLimits) {
    RecordEncoder encoder;
    EXPECT_TRUE(rc::check([&] {
        Limit limit;
        limit.name = any_name();
        limit.selection = static_cast<Selection>(*rc::gen::inRange(0, 3));
        limit.account = any_name();
        limit.kind = any_name();
        limit.meter = any_meter(*rc::gen::inRange<size_t>(0, 7));
        limit.amount = any_int128();
        limit.window = any_window();
        limit.judge = static_cast<Judge>(*rc::gen::inRange(0, 2));
        limit.steps = {{80, Action::kWarn}, {*rc::gen::arbitrary<int32_t>(), Action::kBlock}};
        limit.hysteresis = *rc::gen::arbitrary<int32_t>();
        limit.alpha = {3, 100};
        limit.consecutive = *rc::gen::arbitrary<int32_t>();
        limit.action = Action::kQuarantine;
        limit.ttl_ms = *rc::gen::arbitrary<int64_t>();
        limit.shadow = *rc::gen::arbitrary<bool>();
        limit.on_overflow = *rc::gen::element(Unsure::kAllow, Unsure::kRefuse);
        limit.on_lag = *rc::gen::element(Unsure::kAllow, Unsure::kRefuse);
        limit.on_cold = *rc::gen::element(Unsure::kAllow, Unsure::kRefuse);
        limit.count_failed = *rc::gen::arbitrary<bool>();
        limit.where = {{Dimension::kModel, any_name(), *rc::gen::arbitrary<bool>()},
                       {Dimension::kUser, "", true}};
        limit.overrides = {{any_name(), any_int128()}, {any_name(), 0}};
        const auto series = *rc::gen::arbitrary<uint32_t>();
        const std::string row(encoder.limit(limit, series));
        RC_ASSERT(decode_limit(row) == limit);
        RC_ASSERT(decode_limit_series(row) == series);
    }));
}

TEST(RecordCodec, ReadsBackPositionsAndCounts) {
    RecordEncoder encoder;
    EXPECT_TRUE(rc::check([&] {
        const WatermarkRow watermark{
            any_time_or_unset(), Pane(any_time_or_unset()), *rc::gen::arbitrary<bool>()};
        RC_ASSERT(decode_watermark(encoder.watermark(watermark)) == watermark);
        const NextRecord next{AccountId(*rc::gen::arbitrary<uint64_t>()),
                              *rc::gen::arbitrary<uint64_t>(),
                              *rc::gen::arbitrary<uint32_t>()};
        RC_ASSERT(decode_next(encoder.next(next)) == next);
    }));
}

TEST(RecordCodec, ReadsBackWhatAProcessLeavesOfItself) {
    RecordEncoder encoder;
    const RunningRow nobody;
    EXPECT_EQ(decode_running(encoder.running(nobody)), nobody);
    const RunningRow suspects{{{{"spans", 3}, 17, 2}, {{"a/b", 0}, INT64_MAX, 0}}, true};
    EXPECT_EQ(decode_running(encoder.running(suspects)), suspects);
    const RunningRow nonsense{{}, true};
    EXPECT_EQ(decode_running(encoder.running(nonsense)), std::nullopt);
}

TEST(RecordCodec, ReadsBackTheFormat) {
    RecordEncoder encoder;
    const FormatRecord format{7,
                              0x1234567890abcdef,
                              {{"domain_activity", {Dimension::kDomain, Dimension::kActivity}}},
                              {WindowKind::kMonth, WindowKind::kHour},
                              *Zone::named("Europe/Berlin")};
    EXPECT_EQ(decode_format(encoder.format(format)), format);
}

TEST(RecordCodec, ReadsBackDecisionsAndDeadLetters) {
    RecordEncoder encoder;
    EXPECT_TRUE(rc::check([&] {
        DeadLetter letter;
        letter.sequence = *rc::gen::arbitrary<uint64_t>();
        letter.refused = {{*rc::gen::arbitrary<uint32_t>(), Refusal::kFuture},
                          {1, Refusal::kNoAccount}};
        letter.size = *rc::gen::arbitrary<uint64_t>();
        letter.bytes = *rc::gen::arbitrary<std::string>();
        letter.content_type = any_name();
        letter.detail = *rc::gen::arbitrary<std::string>();
        const auto decoded = decode_dead_letter(encoder.dead_letter(letter));
        RC_ASSERT(decoded && operator_equal(*decoded, letter));
        Decision decision = any_decision();
        decision.owner = *rc::gen::arbitrary<bool>() ? any_name() : "";
        RC_ASSERT(decode_decision(encoder.decision(decision)) == decision);
    }));
}

// As a program of format 1 wrote them.
TEST(RecordCodec, ReadsRowsOfFormat1) {
    PeriodRecord period;
    period.totals.request_count = 3;
    period.totals.error_count = 1;
    period.totals.egress_bytes = 700;
    period.totals.cost = Money::from_pico(Int128{1} << 70);
    period.totals.late_count = 2;
    period.totals.first_ms = 1'793'491'200'000;
    period.totals.last_ms = 1'793'491'260'000;
    period.usage = {{"input_tokens", 12}};
    period.window = Period{{WindowKind::kEvery, 300}, 1'793'491'200'000};
    EXPECT_EQ(
        decode_period(bytes_of_hex(
            "2c000000535052310000000000001e0068005c00540000002c001c004c00000044003c00180014001000"
            "04001e00000000e86794a101000000000000580000006400000078000000000000000000000040000000"
            "00000000bc02000000000000000000000000000060d26894a101000000e86794a1010000020000000000"
            "000001000000000000000300000000000000000000000800000065766572792035680000000001000000"
            "0c0000000000000000000000000000000000000001000000040000000c000000696e7075745f746f6b65"
            "6e7300000000")),
        period);
    RollingRow rolling;
    rolling.window_minutes = 1440;
    rolling.account_id = AccountId(3);
    rolling.as_of = 29'891'521;
    rolling.last_charged_pane = 29'891'520;
    rolling.meters = {
        {Meter{MeterKind::kUsd, {}}, 5, Int128{1} << 70, 7, -1, {{{1, 10}, true, 4}}}};
    EXPECT_EQ(
        decode_rolling(bytes_of_hex(
            "20000000535252310000000000001200340028002000180010000c000800040012000000300000005400"
            "00008c000000c01bc80100000000c11bc801000000000300000000000000a00500000000000000000000"
            "010000000400000000000000000000000000000000000000010000000a00000001000000000000000100"
            "00000000000000000000400000000000000007000000000000000000000000000000ffffffffffffffff"
            "ffffffffffffffff050000000000000001000000040000000300000075736400")),
        rolling);
}

TEST(RecordCodec, ReadsDecisionsOfFormat2) {
    EXPECT_EQ(decode_decision(bytes_of_hex(kOldThrottleRow)), sample_throttle());
    EXPECT_EQ(decode_decision(bytes_of_hex(kOldReleaseRow)), sample_release());
}

TEST(RecordCodec, RefusesADecisionOfNoKnownKind) {
    RecordEncoder encoder;
    Decision decision = sample_throttle();
    decision.reason = static_cast<Reason>(kReasonNames.size());
    EXPECT_FALSE(decode_decision(encoder.decision(decision)));
    decision = sample_throttle();
    decision.previous = static_cast<Action>(kActionNames.size());
    EXPECT_FALSE(decode_decision(encoder.decision(decision)));
    decision = sample_throttle();
    decision.window = {WindowKind::kEvery, 0};
    EXPECT_FALSE(decode_decision(encoder.decision(decision)));
}

TEST(RecordCodec, TakesFewBytesForARow) {
    RecordEncoder encoder;
    PeriodTotals totals;
    totals.request_count = 1000;
    totals.egress_bytes = 1'000'000;
    totals.cost = Money::from_pico(5'000'000'000'000);
    totals.first_ms = 1'793'491'200'000;
    totals.last_ms = 1'793'491'260'000;
    EXPECT_LE(encoder.period(totals, {}, nullptr).size(), 40U);
}

TEST(RecordCodec, RefusesOtherBytes) {
    RecordEncoder encoder;
    EXPECT_FALSE(decode_period(""));
    EXPECT_FALSE(decode_period("SPR1"));
    EXPECT_FALSE(decode_period(encoder.rolling(RollingRow{})));
    EXPECT_FALSE(decode_decision(encoder.dead_letter_pointer("DEAD#a/1/2")));
    EXPECT_EQ(decode_dead_letter_pointer(encoder.dead_letter_pointer("DEAD#a/1/2")), "DEAD#a/1/2");
}

// Times are packed as numbers of any size: a damaged row may have one that is not a time.
TEST(RecordCodec, RefusesTimesThatAreNone) {
    constexpr Int128 kTooLarge = Int128{1} << 126;
    for (const auto& [first, between] : {std::pair<Int128, Int128>{kTooLarge, 0},
                                         {0, kTooLarge},
                                         {kTooLarge, kTooLarge},
                                         {INT64_MAX, 1},
                                         {INT64_MIN, -1}}) {
        std::string bytes(1, 0x11);
        for (int i = 0; i < 4; ++i) {
            put_number(bytes, uint64_t{1});
        }
        put_signed(bytes, first);
        put_signed(bytes, between);
        for (int i = 0; i < 3; ++i) {
            put_signed(bytes, 0);
        }
        put_number(bytes, uint64_t{0});
        put_text(bytes, "");
        EXPECT_FALSE(decode_period(bytes));
    }
}

TEST(RecordCodec, RefusesBytesThatWereCut) {
    RecordEncoder encoder;
    EXPECT_TRUE(rc::check([&] {
        const std::string bytes(encoder.rolling(any_rolling()));
        const auto size = *rc::gen::inRange<size_t>(0, bytes.size());
        // Whatever it says, it must not read beyond the bytes (the sanitizers watch).
        decode_rolling(std::string_view(bytes).substr(0, size));
        const std::string period(encoder.period(any_period_record()));
        decode_period(
            std::string_view(period).substr(0, *rc::gen::inRange<size_t>(0, period.size())));
    }));
}

TEST(PeriodRecord, AddsUpInAnyGrouping) {
    EXPECT_TRUE(rc::check([] {
        const auto small = [] {
            PeriodRecord record = any_period_record();
            // Sums of what can be in a store: far from the ends of 128 bits.
            record.totals.ingress_bytes >>= 8;
            record.totals.egress_bytes >>= 8;
            record.totals.cost = Money::from_pico(record.totals.cost.pico() >> 8);
            for (auto& [meter, quantity] : record.usage) {
                quantity >>= 8;
            }
            return record;
        };
        const PeriodRecord a = small();
        const PeriodRecord b = small();
        const PeriodRecord c = small();
        PeriodRecord left = a;
        add_to(left, b);
        add_to(left, c);
        PeriodRecord more = b;
        add_to(more, c);
        PeriodRecord right = a;
        add_to(right, more);
        RC_ASSERT(left == right);
        PeriodRecord same = a;
        add_to(same, PeriodRecord{});
        RC_ASSERT(same == a);
        PeriodRecord from_nothing;
        add_to(from_nothing, a);
        RC_ASSERT(from_nothing == a);
    }));
}

}  // namespace
}  // namespace spantoll::store
