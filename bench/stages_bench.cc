// What each stage costs by itself, in spans per second of CPU. Where a stage has threads of its own
// (the store), the CPU of the whole process counts.
#include <benchmark/benchmark.h>

#include "bench/fold_run.h"
#include "ingest/decode/decoder.h"

namespace spantoll::bench {
namespace {

constexpr size_t kDecodedRecords = 1'000;
constexpr int kRounds = 8;

void count_spans(benchmark::State& state, size_t spans) {
    state.counters["spans/CPU-s"] =
        benchmark::Counter(static_cast<double>(spans), benchmark::Counter::kIsRate);
}

void decode(benchmark::State& state, Format format, size_t spans_per_record) {
    BenchRecords source(format, spans_per_record);
    const std::vector<std::string>& records = source.next(kDecodedRecords);
    ingest::Decoder decoder(Format::kAuto);
    ingest::DecodedRecord decoded;
    size_t spans = 0;
    size_t next = 0;
    for ([[maybe_unused]] auto _ : state) {
        decoder.decode({}, records[next], decoded);
        next = next + 1 < records.size() ? next + 1 : 0;
        benchmark::DoNotOptimize(decoded.spans.data());
        spans += decoded.spans.size();
    }
    count_spans(state, spans);
}

enum class Stage { kFold, kCollect, kCommit };

// Rounds of fill, fold, collect and commit, of which one stage is timed. The fold is
// Engine::apply: it decodes, validates, resolves, charges, closes panes and judges.
void time_stage(benchmark::State& state, Stage stage, FoldRun& run, Durability durability) {
    run.round();  // so that the accounts are there
    const auto step = [&](Stage at, auto&& work) {
        if (at == stage) {
            state.ResumeTiming();
        }
        work();
        if (at == stage) {
            state.PauseTiming();
        }
    };
    size_t spans = 0;
    for ([[maybe_unused]] auto _ : state) {
        state.PauseTiming();
        run.fill();
        step(Stage::kFold, [&] { run.fold(); });
        step(Stage::kCollect, [&] { run.collect(); });
        step(Stage::kCommit, [&] { run.commit(durability); });
        spans += FoldRun::kSpansPerRound;
        state.ResumeTiming();
    }
    count_spans(state, spans);
}

void fold(benchmark::State& state, const std::vector<Limit>& limits) {
    FoldRun run(limits);
    time_stage(state, Stage::kFold, run, Durability::kWritten);
}

void collect(benchmark::State& state, const std::vector<Limit>& limits) {
    FoldRun run(limits);
    time_stage(state, Stage::kCollect, run, Durability::kWritten);
}

void commit(benchmark::State& state, const std::vector<Limit>& limits, Durability durability) {
    FoldRun run(limits);
    time_stage(state, Stage::kCommit, run, durability);
}

BENCHMARK_CAPTURE(decode, flatbuffers_100_spans, Format::kFlatBuffers, 100);
BENCHMARK_CAPTURE(decode, flatbuffers_1_span, Format::kFlatBuffers, 1);
BENCHMARK_CAPTURE(decode, json_100_spans, Format::kJson, 100);
BENCHMARK_CAPTURE(decode, json_1_span, Format::kJson, 1);
BENCHMARK_CAPTURE(fold, without_limits, std::vector<Limit>{})->Iterations(kRounds);
BENCHMARK_CAPTURE(fold, with_limits, total_and_ema())->Iterations(kRounds);
BENCHMARK_CAPTURE(collect, without_limits, std::vector<Limit>{})->Iterations(kRounds);
BENCHMARK_CAPTURE(collect, with_limits, total_and_ema())->Iterations(kRounds);
BENCHMARK_CAPTURE(commit, without_limits_written, std::vector<Limit>{}, Durability::kWritten)
    ->Iterations(kRounds)
    ->MeasureProcessCPUTime();
BENCHMARK_CAPTURE(commit, without_limits_synced, std::vector<Limit>{}, Durability::kSynced)
    ->Iterations(kRounds)
    ->MeasureProcessCPUTime();
BENCHMARK_CAPTURE(commit, with_limits_written, total_and_ema(), Durability::kWritten)
    ->Iterations(kRounds)
    ->MeasureProcessCPUTime();
BENCHMARK_CAPTURE(commit, with_limits_synced, total_and_ema(), Durability::kSynced)
    ->Iterations(kRounds)
    ->MeasureProcessCPUTime();

}  // namespace
}  // namespace spantoll::bench

BENCHMARK_MAIN();
