#include "bench/fold_run.h"

#include "schemas/check.h"
#include "tools/processor.h"

namespace spantoll::bench {
namespace {

constexpr int64_t kStartMs = 1'772'323'200'000;  // 2026-03-01
constexpr int64_t kNowMs = kStartMs + 365 * kDayMs;
constexpr int64_t kHours = 1'000;
constexpr uint64_t kSpansPerHour = 2'000'000;
constexpr uint64_t kDedupSeed = 20'260'301;
// So high that nobody reaches it: judging is measured, not deciding.
constexpr Int128 kAmount = Int128{1'000'000} * 1'000'000'000'000;

tools::ScenarioSchedule endless() {
    return {.spans = kSpansPerHour * kHours, .start_ms = kStartMs, .duration_ms = kHours * kHourMs};
}

Limit every_account(const std::string& name, Judge judge) {
    Limit limit;
    limit.name = name;
    limit.selection = Selection::kAll;
    limit.amount = kAmount;
    limit.window = {WindowKind::kRolling, kDayMs / kMinuteMs};
    limit.judge = judge;
    if (judge == Judge::kTotal) {
        limit.steps = {{80, Action::kWarn}, {100, Action::kBlock}};
    }
    return limit;
}

}  // namespace

BenchRecords::BenchRecords(tools::FeedFormat format, size_t spans_per_record)
    : spans_per_record_(spans_per_record),
      feed_(tools::make_bench_scenario({}), endless()),
      encoder_(format, tools::Framing::kNone) {}

const std::vector<std::string>& BenchRecords::next(size_t count) {
    records_.resize(count);
    for (std::string& record : records_) {
        batch_.clear();
        CHECK(feed_.fill(spans_per_record_, batch_), "an invented feed has no errors");
        CHECK(!batch_.spans.empty(), "the feed has more spans than any benchmark takes");
        record = encoder_.encode(batch_);
    }
    return records_;
}

FoldRun::FoldRun(Limits limits) : source_(tools::FeedFormat::kFlatBuffers, kSpansPerRecord) {
    Settings settings;
    settings.data = directory_.path() + "/data";
    if (limits == Limits::kEmaAndTotal) {
        settings.limits = {every_account("total", Judge::kTotal),
                           every_account("ema", Judge::kEma)};
    }
    Result<tools::OpenState> state = tools::open_state(settings, kDedupSeed);
    CHECK(state, "a store can be made where temporary files live");
    engine_ = tools::make_engine(settings, {{"spans", 0}}, tools::PartitionClocks::kEach, *state);
    store_ = std::move(state->store);
}

void FoldRun::fill() {
    records_ = &source_.next(kRecordsPerRound);
}

void FoldRun::fold() {
    ingest::Record record;
    for (const std::string& bytes : *records_) {
        record.offset = next_offset_++;
        record.bytes = bytes;
        engine_->apply(record, kNowMs);
    }
    CHECK(!engine_->failure(), "the store can be read");
    CHECK(engine_->counts(0).accepted == static_cast<uint64_t>(next_offset_) * kSpansPerRecord,
          "every span is accepted: refusing is fast");
}

void FoldRun::collect() {
    engine_->collect(commit_);
}

void FoldRun::commit(Durability durability) {
    CHECK(store_->commit(commit_, durability == Durability::kSynced), "the store can be written");
    engine_->committed();
}

void FoldRun::round() {
    fill();
    fold();
    collect();
    commit(Durability::kWritten);
}

}  // namespace spantoll::bench
