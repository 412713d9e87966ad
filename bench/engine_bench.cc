// What must not grow, in an engine and a store of one process; bench/run prints it as S7 and S8.
//
//     engine_bench cost 1440       CPU per span with a rolling window of so many minutes
//     engine_bench closing         the longest pause when a pane closes among 1,000,000 accounts
//
// One JSON object on standard output.
#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <ctime>
#include <string_view>

#include <fmt/format.h>

#include "bench/fold_run.h"

namespace spantoll::bench {
namespace {

double cpu_seconds() {
    timespec time{};
    ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
}

// Nanoseconds of CPU per span of all threads, encoding the records aside.
double measure_rounds(FoldRun& run, size_t rounds) {
    double seconds = 0;
    for (size_t i = 0; i < rounds; ++i) {
        run.fill();
        const double before = cpu_seconds();
        run.fold();
        run.collect();
        run.commit(Durability::kWritten);
        seconds += cpu_seconds() - before;
    }
    return seconds * 1e9 / static_cast<double>(rounds * FoldRun::kSpansPerRound);
}

// 50,000 spans an hour: in 30 days 36 million, and of each account about one in two minutes, so
// that nearly every charge has a pane of its own to close and to expire.
void cost(int64_t window_minutes) {
    constexpr uint64_t kSpansPerHour = 50'000;
    constexpr size_t kRoundsPerDay = 24 * kSpansPerHour / FoldRun::kSpansPerRound;
    constexpr size_t kMeasured = kRoundsPerDay;
    Limit limit = unreached_limit("window", Judge::kTotal, window_minutes);
    limit.meter.kind = MeterKind::kRequests;  // usd over 24 h is counted in any case
    Traffic traffic;
    traffic.accounts = 2'500;
    traffic.spans_per_hour = kSpansPerHour;
    FoldRun run({limit}, traffic);
    run.round();  // two hours: the accounts are there
    const double first_day = measure_rounds(run, kMeasured);
    for (size_t i = 1 + kMeasured; i < 2 * kRoundsPerDay; ++i) {
        run.round();
    }
    const double third_day = measure_rounds(run, kMeasured);
    for (size_t i = 3 * kRoundsPerDay; i < 30 * kRoundsPerDay; ++i) {
        run.round();
    }
    const double last_day = measure_rounds(run, kMeasured);
    fmt::print(
        "{{\"window_minutes\":{},\"first_day_ns\":{:.1f},\"third_day_ns\":{:.1f},\"last_day_ns\":{:"
        ".1f}}}\n",
        window_minutes,
        first_day,
        third_day,
        last_day);
}

// A million accounts, of which 10,000 are charged in each minute.
void closing() {
    constexpr size_t kRecordsOfActive = 100;  // 10,000 spans a minute: each active account 5 times
    constexpr size_t kMinutes = 60;
    Traffic everybody;
    everybody.accounts = 1'000'000;
    everybody.spans_per_hour = 600'000'000;
    FoldRun run(total_and_ema(), everybody);
    while (run.engine().ledger().account_count() < everybody.accounts * 99 / 100) {
        run.round();
    }
    Traffic active;
    active.accounts = 10'000;
    active.spans_per_hour = kRecordsOfActive * FoldRun::kSpansPerRecord * 60;
    active.start_ms = everybody.start_ms + kHourMs;
    active.seed = 2;
    run.set_traffic(active);
    // Closes what everybody did, and gives the disk time to take a commit of everybody.
    for (size_t i = 0; i < kMinutes; ++i) {
        run.round(kRecordsOfActive);
    }
    run.take_longest_record_s();
    double longest_commit_s = 0;
    for (size_t i = 0; i < kMinutes; ++i) {
        run.fill(kRecordsOfActive);
        run.fold();
        const auto before = std::chrono::steady_clock::now();
        run.collect();
        run.commit(Durability::kSynced);
        const std::chrono::duration<double> took = std::chrono::steady_clock::now() - before;
        longest_commit_s = std::max(longest_commit_s, took.count());
    }
    fmt::print("{{\"accounts\":{},\"longest_record_ms\":{:.2f},\"longest_commit_ms\":{:.2f}}}\n",
               run.engine().ledger().account_count(),
               run.take_longest_record_s() * 1e3,
               longest_commit_s * 1e3);
}

}  // namespace
}  // namespace spantoll::bench

int main(int argc, char** argv) {
    const std::string_view what = argc > 1 ? argv[1] : "";
    if (what == "cost" && argc == 3 && std::atoll(argv[2]) > 0) {
        spantoll::bench::cost(std::atoll(argv[2]));
        return 0;
    }
    if (what == "closing" && argc == 2) {
        spantoll::bench::closing();
        return 0;
    }
    fmt::print(stderr, "usage: engine_bench cost MINUTES | engine_bench closing\n");
    return 64;
}
