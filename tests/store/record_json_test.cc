#include "store/show/record_json.h"

#include <string>

#include <gtest/gtest.h>

#include "schemas/text/decision_json.h"
#include "store/codec/keys.h"
#include "store/codec/pane_codec.h"
#include "store/codec/record_codec.h"
#include "store/codec/row_lists.h"
#include "store/show/base64.h"
#include "store/show/dump.h"
#include "tests/schemas/sample_decisions.h"
#include "tests/store/old_decisions.h"

namespace spantoll::store {
namespace {

class RecordJson : public testing::Test {
  protected:
    RecordEncoder encoder_;
};

std::string shown(std::string_view key, std::string_view value, Pane closed_pane = kUnsetPane) {
    return record_json(key, value, closed_pane).value_or("not understood");
}

TEST_F(RecordJson, ShowsPeriodsWithMetersByName) {
    PeriodTotals totals;
    totals.request_count = 2;
    totals.error_count = 1;
    totals.ingress_bytes = Int128{1} << 70;
    totals.cost = Money::from_pico(-1'500'000'000'000);
    totals.unpriced_count = 4;
    totals.first_ms = 5;
    totals.last_ms = 6;
    totals.usage = {{0, 12}, {1, 3}};
    EXPECT_EQ(
        shown("FEDCOST#mastodon.social/PERIOD#2026-11",
              encoder_.period(totals, {"output_tokens", "input_tokens"}, nullptr)),
        R"({"request_count":2,"error_count":1,"ingress_bytes":1180591620717411303424,)"
        R"("egress_bytes":0,"usage":{"input_tokens":3,"output_tokens":12},)"
        R"("cost_pico_usd":"-1500000000000","cost_usd":"-1.5","late_count":0,"unpriced_count":4,)"
        R"("first_ms":5,"last_ms":6})");
}

TEST_F(RecordJson, ShowsTheIndexAsAnEmptyRecord) {
    EXPECT_EQ(shown("PERIOD#2026-11/INSTANCE#global",
                    encoder_.index({{WindowKind::kMonth, 0}, 1'700'000'000'000})),
              "{}");
}

TEST_F(RecordJson, BringsRollingsToTheLastClosing) {
    RollingRow row;
    row.window_minutes = 1440;
    row.as_of = 100;
    row.meters = {{Meter{MeterKind::kUsd, {}}, 0, 30, 30, 20, {{{1, 10}, true, 10 * kEmaScale}}},
                  {Meter{MeterKind::kRequests, {}}, 1, 3, 3, 2, {{{1, 2}, false, 0}}}};
    const std::string_view bytes = encoder_.rolling(row);
    EXPECT_EQ(shown("ROLLING#global/24h", bytes, Pane(100)),
              R"({"as_of_ms":6000000,"meters":{"requests":{"live":3,"sample":2},)"
              R"("usd":{"live_pico_usd":"30","live_usd":"0.00000000003","sample_pico_usd":"20",)"
              R"("ema":{"1/10":"10.000000"}}}})");
    // E = (20 + 9 * 10) / 10 = 11, then (20 + 9 * 11) / 10 = 11.9.
    row.meters.pop_back();
    EXPECT_EQ(shown("ROLLING#global/24h", encoder_.rolling(row), Pane(102)),
              R"({"as_of_ms":6120000,"meters":{)"
              R"("usd":{"live_pico_usd":"30","live_usd":"0.00000000003","sample_pico_usd":"20",)"
              R"("ema":{"1/10":"11.900000"}}}})");
}

TEST_F(RecordJson, ShowsNoEmaBeforeTheFirstClosing) {
    RollingRow row;
    row.meters = {{Meter{MeterKind::kUsd, {}}, 0, 30, 0, 0, {{{1, 10}, false, 0}}}};
    EXPECT_EQ(shown("ROLLING#global/24h", encoder_.rolling(row)),
              R"({"as_of_ms":null,"meters":{"usd":{"live_pico_usd":"30",)"
              R"("live_usd":"0.00000000003","sample_pico_usd":"0"}}})");
}

TEST_F(RecordJson, ShowsLevels) {
    EnforceRow row;
    row.level = Action::kThrottle;
    row.since_ms = 7;
    row.streak = 3;
    row.number = 2;
    EXPECT_EQ(shown("ENFORCE#global/day", encoder_.enforce(row)),
              R"({"level":"throttle","since_ms":7,"valid_until_ms":null,"streak":3,"number":2,)"
              R"("shadow":false})");
    row.level = Action::kNone;
    row.valid_until_ms = 9;
    row.shadow = true;
    EXPECT_EQ(shown("ENFORCE#global/day", encoder_.enforce(row)),
              R"({"level":"none","since_ms":7,"valid_until_ms":9,"streak":3,"number":2,)"
              R"("shadow":true})");
}

TEST_F(RecordJson, ShowsCountsWithEveryReason) {
    CountsRow row{9, 4, 2, 1, {}};
    row.refused[static_cast<size_t>(Refusal::kFuture)] = 3;
    EXPECT_EQ(
        shown("META/COUNTS#spans/0", RowKind<PartitionCounts>::encode(encoder_, {{}, row})),
        R"({"polled":9,"accepted":4,"duplicate":2,"late":1,"refused":{"too_large":0,)"
        R"("not_decodable":0,"too_many_spans":0,"amplified":0,"time_missing":0,"time_not_ms":0,)"
        R"("future":3,"too_old":0,"cost_negative":0,"cost_not_a_number":0,"cost_too_large":0,)"
        R"("currency_unknown":0,"quantity_invalid":0,"no_account":0}})");
}

TEST_F(RecordJson, ShowsPositions) {
    EXPECT_EQ(shown("META/WATERMARK", encoder_.watermark({120'000, Pane(2), true})),
              R"({"watermark_ms":120000})");
    EXPECT_EQ(shown("META/WATERMARK", encoder_.watermark({})), R"({"watermark_ms":null})");
    const PartitionOffset offset{{}, {5, {6, 7, 8}, 4, kUnset}};
    EXPECT_EQ(shown("META/OFFSET#spans/0", RowKind<PartitionOffset>::encode(encoder_, offset)),
              R"({"next_offset":5,"last_offset":4,"last_append_ms":6,"last_size":7,)"
              R"("last_crc32c":8,"time_ms_max":null})");
}

TEST_F(RecordJson, ShowsWhatWaitsToBeSent) {
    const std::string throttle = R"({"id":"4cd5361a2a94ac86d8972e3367bbf07d",)"
                                 R"("effective_ms":1772323210000,"account":"x.org","decision":)" +
                                 decision_json(sample_throttle()) + "}";
    EXPECT_EQ(shown("OUTBOX#00000000000000000001", encoder_.decision(sample_throttle())), throttle);
    EXPECT_EQ(shown("DECISION#00000000000000000001", bytes_of_hex(kOldThrottleRow)), throttle)
        << "as a program of format 2 showed it";
    EXPECT_EQ(shown("SINK#kafka", RowKind<SinkPosition>::encode(encoder_, {"", 7})),
              R"({"sequence":7})");
    EXPECT_EQ(shown("OUTBOX#00000000000000000002", encoder_.dead_letter_pointer("DEAD#s/0/1")),
              R"({"dead_letter":"DEAD#s/0/1"})");
    DeadLetter letter;
    letter.sequence = 2;
    letter.refused = {{1, Refusal::kNoAccount}};
    letter.size = 4;
    letter.bytes = std::string("\0\xff{\n", 4);
    letter.detail = "a \"quote\"\n\x01\xff";
    EXPECT_EQ(shown("DEAD#s/0/00000000000000000001", encoder_.dead_letter(letter)),
              R"({"sequence":2,"refused":[{"index":1,"reason":"no_account"}],)"
              R"("detail":"a \"quote\"\n\u0001)"
              "\xEF\xBF\xBD"
              R"(","content_type":"","size":4,"bytes_base64":"AP97Cg=="})");
}

TEST_F(RecordJson, ShowsCommands) {
    Command command{3, 5, "ops", CommandKind::kConfig, R"({"toml":""})", {}, "", "", "key", 0, ""};
    command.before = {{{"spans", 0}, 1234}, {{"spans", 1}, 7}};
    const std::string key = RowKind<Command>::key(command);
    EXPECT_EQ(key, "COMMAND#00000000000000000003");
    EXPECT_EQ(shown(key, RowKind<Command>::encode(encoder_, command)),
              R"({"number":3,"at_ms":5,"by":"ops","what":"config","body":{"toml":""},)"
              R"("before":{"spans/0":1234,"spans/1":7},"result":null})");
    command.was = R"({"config_before":1})";
    command.result = "applied";
    const std::string value(RowKind<Command>::encode(encoder_, command));
    EXPECT_EQ(shown(key, value),
              R"({"number":3,"at_ms":5,"by":"ops","what":"config","body":{"toml":""},)"
              R"("before":{"spans/0":1234,"spans/1":7},"changed":{"config_before":1},)"
              R"("result":"applied"})");
    EXPECT_EQ(RowKind<Command>::decode(key, value), command);
    EXPECT_EQ(visibility_of(key), Visibility::kShown);
    EXPECT_EQ(shown("META/COMMANDS", RowKind<CommandPosition>::encode(encoder_, {4, 3, 1, 1})),
              R"({"next":4,"applied":3,"config":1,"begin":1})");
    EXPECT_EQ(visibility_of("META/COMMANDS"), Visibility::kInternal);
}

TEST_F(RecordJson, ShowsGrants) {
    Grant grant{17, "key-day", "team:a", -5'500'000'000'000, true, 60'000, std::nullopt, ""};
    EXPECT_EQ(shown(RowKind<Grant>::key(grant), RowKind<Grant>::encode(encoder_, grant)),
              R"({"number":17,"amount":"-5.5","since_ms":60000,"until_ms":null,"note":""})");
    grant.is_usd = false;
    grant.amount = 3;
    grant.until_ms = 120'000;
    grant.note = "for the launch";
    EXPECT_EQ(shown("GRANT#*/requests/17", RowKind<Grant>::encode(encoder_, grant)),
              R"({"number":17,"amount":3,"since_ms":60000,"until_ms":120000,)"
              R"("note":"for the launch"})");
    EXPECT_EQ(visibility_of("GRANT#*/requests/17"), Visibility::kDigest);
}

TEST_F(RecordJson, ShowsKeys) {
    VirtualKey key{"a%2Fb", {"vk1"}, {"9f86"}, true, 60'000, {"team:a"}, "oncall", false};
    EXPECT_EQ(RowKind<VirtualKey>::key(key), "KEY#a%2Fb");
    EXPECT_EQ(shown("KEY#a%2Fb", RowKind<VirtualKey>::encode(encoder_, key)),
              R"({"active":true,"expires_ms":60000,"parents":["team:a"],"ids":["vk1"],)"
              R"("sha256":["9f86"],"owner":"oncall","removed":false})");
    key = {"k", {}, {}, false, std::nullopt, {}, "", true};
    EXPECT_EQ(shown("KEY#k", RowKind<VirtualKey>::encode(encoder_, key)),
              R"({"active":false,"expires_ms":null,"parents":[],"ids":[],"sha256":[],)"
              R"("owner":"","removed":true})");
    EXPECT_EQ(visibility_of("KEY#k"), Visibility::kDigest);
}

TEST_F(RecordJson, ShowsInternalRows) {
    EXPECT_EQ(shown("PANE#1/2", encode_pane({{AccountId(7), 1, -3}})),
              R"({"account_slot_amount":[[7,1,-3]]})");
    EXPECT_EQ(shown("DEDUP#1/2", encode_hashes({255})), R"({"hashes":["00000000000000ff"]})");
    EXPECT_EQ(shown("METER#00000000000000000000", encoder_.text({"input_tokens", 0})),
              R"({"meter":"input_tokens"})");
    EXPECT_EQ(shown("NEXT", encoder_.next({AccountId(2), 3, 4})),
              R"({"account_id":2,"sequence":3,"slot":4})");
    EXPECT_EQ(shown("META/FORMAT",
                    encoder_.format({1,
                                     99,
                                     {{"pair", {Dimension::kTeam}}},
                                     {WindowKind::kMonth},
                                     *Zone::named("Asia/Tokyo")})),
              R"({"version":1,"kinds":{"pair":["team"]},"periods":["month"],"zone":"Asia/Tokyo"})");
    EXPECT_EQ(visibility_of("NEXT"), Visibility::kInternal);
    EXPECT_EQ(visibility_of("WINDOW#global/2026-11"), Visibility::kInternal);
    EXPECT_EQ(visibility_of("SINK#kafka"), Visibility::kInternal);
    EXPECT_EQ(visibility_of("META/FORMAT"), Visibility::kShown);
    EXPECT_EQ(visibility_of("OUTBOX#00000000000000000001"), Visibility::kShown);
    EXPECT_EQ(visibility_of("FEDCOST#global/PERIOD#2026-11"), Visibility::kDigest);
    EXPECT_EQ(visibility_of("META/COUNTS#spans/0"), Visibility::kDigest);
    EXPECT_TRUE(has_only_internal_rows(Family::kDecisions));
    EXPECT_FALSE(has_only_internal_rows(Family::kDead)) << "of its two kinds one is shown";
}

TEST_F(RecordJson, DoesNotUnderstandOtherBytes) {
    EXPECT_FALSE(record_json("FEDCOST#a/PERIOD#2026-11", "x", kUnsetPane));
    EXPECT_FALSE(record_json("UNKNOWN#a", "x", kUnsetPane));
}

TEST(DumpLine, EscapesTheKey) {
    EXPECT_EQ(dump_line("FEDCOST#user:\"\\", "{}"), R"({"key":"FEDCOST#user:\"\\","record":{}})");
}

TEST(Base64, PadsToFour) {
    EXPECT_EQ(base64(""), "");
    EXPECT_EQ(base64("f"), "Zg==");
    EXPECT_EQ(base64("fo"), "Zm8=");
    EXPECT_EQ(base64("foobar"), "Zm9vYmFy");
}

}  // namespace
}  // namespace spantoll::store
