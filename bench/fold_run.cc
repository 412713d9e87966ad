#include "bench/fold_run.h"

#include <algorithm>
#include <chrono>
#include <span>
#include <utility>

#include "schemas/check.h"
#include "tools/pipeline/open_state.h"

namespace spantoll::bench {
namespace {

constexpr int64_t kNowMs = Traffic{}.start_ms + 365 * kDayMs;
constexpr int64_t kHours = 10'000;
constexpr uint64_t kDedupSeed = 20'260'301;
constexpr size_t kAccountsPerKindMax = 1'000'000;
constexpr Int128 kAmount = Int128{1'000'000} * 1'000'000'000'000;

tools::ScenarioOptions scenario_of(const Traffic& traffic) {
    tools::ScenarioOptions options;
    options.seed = traffic.seed;
    options.accounts = traffic.accounts;
    return options;
}

tools::ScenarioSchedule endless(const Traffic& traffic) {
    return {.spans = traffic.spans_per_hour * kHours,
            .start_ms = traffic.start_ms,
            .duration_ms = kHours * kHourMs};
}

double seconds_now() {
    return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch())
        .count();
}

}  // namespace

BenchRecords::BenchRecords(Format format, size_t spans_per_record, const Traffic& traffic)
    : spans_per_record_(spans_per_record),
      feed_(tools::make_bench_scenario(scenario_of(traffic)), endless(traffic)),
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

Limit unreached_limit(const std::string& name, Judge judge, int64_t window_minutes) {
    Limit limit;
    limit.name = name;
    limit.selection = Selection::kAll;
    limit.amount = kAmount;
    limit.window = {WindowKind::kRolling, window_minutes};
    limit.judge = judge;
    if (judge == Judge::kTotal) {
        limit.steps = {{80, Action::kWarn}, {100, Action::kBlock}};
    }
    return limit;
}

std::vector<Limit> total_and_ema() {
    constexpr int64_t kDayMinutes = kDayMs / kMinuteMs;
    return {unreached_limit("total", Judge::kTotal, kDayMinutes),
            unreached_limit("ema", Judge::kEma, kDayMinutes)};
}

FoldRun::FoldRun(const std::vector<Limit>& limits, const Traffic& traffic) {
    set_traffic(traffic);
    Settings settings;
    settings.data = directory_.path() + "/data";
    settings.limits = limits;
    settings.accounts.max_per_kind = kAccountsPerKindMax;
    Result<tools::OpenState> state = tools::open_state(settings, kDedupSeed);
    CHECK(state, "a store can be made where temporary files live");
    engine_ = tools::make_engine(
        settings, {.partitions = {{"spans", 0}}}, *state->store, std::move(state->loaded));
    store_ = std::move(state->store);
}

void FoldRun::set_traffic(const Traffic& traffic) {
    source_ = std::make_unique<BenchRecords>(Format::kFlatBuffers, kSpansPerRecord, traffic);
}

void FoldRun::fill(size_t records) {
    records_ = &source_->next(records);
}

void FoldRun::fold() {
    std::vector<ingest::Record> records(records_->size());
    for (size_t i = 0; i < records.size(); ++i) {
        records[i].offset = next_offset_++;
        records[i].bytes = (*records_)[i];
    }
    size_t ahead = 0;
    double before_s = seconds_now();
    for (size_t i = 0; i < records.size(); ++i) {
        if (i == ahead) {
            ahead += engine_->look_ahead(std::span(records).subspan(i));
        }
        engine_->apply(records[i], kNowMs);
        const double after_s = seconds_now();
        longest_record_s_ = std::max(longest_record_s_, after_s - before_s);
        before_s = after_s;
    }
    CHECK(!engine_->failure(), "the store can be read");
    CHECK(engine_->counts(0).accepted == static_cast<uint64_t>(next_offset_) * kSpansPerRecord,
          "every span is accepted: refusing is fast");
}

void FoldRun::collect() {
    engine_->collect(commit_);
}

void FoldRun::commit(Durability durability) {
    CHECK(store_->commit(commit_, durability, &engine_->account_rows()),
          "the store can be written");
    engine_->committed();
}

void FoldRun::round(size_t records) {
    fill(records);
    fold();
    collect();
    commit(Durability::kWritten);
}

}  // namespace spantoll::bench
