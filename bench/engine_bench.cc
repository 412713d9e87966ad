// What must not grow, in an engine and a store of one process; bench/run prints it as S7 and S8.
//
//     engine_bench cost 2500       CPU per span by length of window and age, with so many accounts
//     engine_bench rate            the same for the stream of S1, a day later
//     engine_bench closing         the longest pause when a pane closes among 1,000,000 accounts
//
// One JSON object on standard output.
#include <algorithm>
#include <array>
#include <chrono>
#include <cstdlib>
#include <ctime>
#include <memory>
#include <string_view>
#include <thread>
#include <vector>

#include <fmt/format.h>

#include "bench/fold_run.h"

namespace spantoll::bench {
namespace {

double cpu_seconds() {
    timespec time{};
    ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
}

constexpr uint64_t kSpansPerHour = 50'000;
constexpr size_t kRoundsPerDay = 24 * kSpansPerHour / FoldRun::kSpansPerRound;
constexpr size_t kDays = 4;           // measured
constexpr size_t kMeasuredHours = 4;  // by rate()

// A rolling window of some length, and days of event time behind it when it is first measured.
struct Age {
    std::string_view name;
    int64_t window_minutes = 0;
    size_t days = 0;
};
constexpr int64_t kDayMinutes = kDayMs / kMinuteMs;
constexpr std::array<Age, 4> kAges = {{{"first_day", kDayMinutes, 0},
                                       {"third_day", kDayMinutes, 2},
                                       {"thirtieth_day", kDayMinutes, 29},
                                       {"thirtieth_day_of_5_min", 5, 29}}};

std::unique_ptr<FoldRun> run_of_age(const Age& age, uint64_t accounts) {
    Limit limit = unreached_limit("window", Judge::kTotal, age.window_minutes);
    limit.meter.kind = MeterKind::kRequests;  // usd over 24 h is counted in any case
    Traffic traffic;
    traffic.accounts = accounts;
    traffic.spans_per_hour = kSpansPerHour;
    auto run = std::make_unique<FoldRun>(std::vector<Limit>{limit}, traffic);
    run->round();  // two hours: the accounts are there
    for (size_t i = 0; i < age.days * kRoundsPerDay; ++i) {
        run->round();
    }
    return run;
}

// CPU seconds of all threads, encoding the records aside; with what the commit leaves to the
// threads of the background.
double measure_fold(FoldRun& run) {
    run.fill();
    const double before = cpu_seconds();
    run.fold();
    return cpu_seconds() - before;
}

double measure_commit(FoldRun& run) {
    constexpr std::chrono::milliseconds kFlushed{100};
    const double before = cpu_seconds();
    run.collect();
    run.commit(Durability::kWritten);
    std::this_thread::sleep_for(kFlushed);
    return cpu_seconds() - before;
}

double measure_round(FoldRun& run) {
    const double fold_s = measure_fold(run);
    return fold_s + measure_commit(run);
}

// Some days of each, of which the rounds take turns, so that all meet the machine as it is. A first
// day is another one's each time; where its tables lie in memory differs as well.
void cost(uint64_t accounts) {
    std::vector<std::unique_ptr<FoldRun>> runs;
    runs.reserve(kAges.size());
    for (const Age& age : kAges) {
        runs.push_back(run_of_age(age, accounts));
    }
    std::array<double, kAges.size()> seconds{};
    for (size_t round = 0; round < kDays * kRoundsPerDay; ++round) {
        for (size_t i = 0; i < runs.size(); ++i) {
            if (kAges[i].days == 0 && round > 0 && round % kRoundsPerDay == 0) {
                runs[i] = run_of_age(kAges[i], accounts);
            }
            seconds[i] += measure_round(*runs[i]);
        }
    }
    constexpr auto kSpans = static_cast<double>(kDays * kRoundsPerDay * FoldRun::kSpansPerRound);
    fmt::print("{{\"accounts\":{}", accounts);
    for (size_t i = 0; i < kAges.size(); ++i) {
        fmt::print(",\"{}_ns\":{:.1f}", kAges[i].name, seconds[i] * 1e9 / kSpans);
    }
    fmt::print("}}\n");
}

// The accounts, limits and rate of S1: from the second hour on, and from the twenty-sixth, when
// what was charged a day before leaves. An hour shares a commit, as where a backlog is read.
void rate() {
    constexpr size_t kRoundsPerHour = Traffic{}.spans_per_hour / FoldRun::kSpansPerRound;
    constexpr size_t kLaterHours = 25;
    FoldRun early(total_and_ema());
    FoldRun late(total_and_ema());
    for (size_t round = 0; round < kRoundsPerHour; ++round) {
        early.round();
    }
    for (size_t round = 0; round < kLaterHours * kRoundsPerHour; ++round) {
        late.round();
    }
    double early_s = 0;
    double late_s = 0;
    for (size_t hour = 0; hour < kMeasuredHours; ++hour) {
        for (size_t round = 0; round < kRoundsPerHour; ++round) {
            early_s += measure_fold(early);
            late_s += measure_fold(late);
        }
        early_s += measure_commit(early);
        late_s += measure_commit(late);
    }
    constexpr auto kSpans =
        static_cast<double>(kMeasuredHours * kRoundsPerHour * FoldRun::kSpansPerRound);
    fmt::print("{{\"second_hour_ns\":{:.1f},\"twenty_sixth_hour_ns\":{:.1f}}}\n",
               early_s * 1e9 / kSpans,
               late_s * 1e9 / kSpans);
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
    if (what == "cost" && argc == 3 && std::strtoull(argv[2], nullptr, 10) > 0) {
        spantoll::bench::cost(std::strtoull(argv[2], nullptr, 10));
        return 0;
    }
    if (what == "rate" && argc == 2) {
        spantoll::bench::rate();
        return 0;
    }
    if (what == "closing" && argc == 2) {
        spantoll::bench::closing();
        return 0;
    }
    fmt::print(stderr,
               "usage: engine_bench cost ACCOUNTS | engine_bench rate | engine_bench closing\n");
    return 64;
}
