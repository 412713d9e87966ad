// What the prototype of S1 leaves out and no exact engine can, each done bare: no rows, no journal,
// no limits, no way to look anything up. What they cost comes on top of the prototype's time, so
// that both together are a bound for S1. Expiring is what the days of S7 differ by.
#include <algorithm>
#include <map>
#include <numeric>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include <benchmark/benchmark.h>

#include "schemas/int128.h"
#include "schemas/memory/prefetch.h"
#include "schemas/rows.h"
#include "store/codec/pane_codec.h"

namespace spantoll::bench {
namespace {

// As the scenario `bench`: 2 million spans in an hour, six accounts a span.
constexpr size_t kSpans = 2'000'000;
constexpr size_t kAhead = 16;
constexpr size_t kAmounts = 1U << 16;
constexpr size_t kIdentityPlaces = 1U << 22;  // half of them stay empty

void count_spans(benchmark::State& state, size_t spans_each = kSpans) {
    const auto spans = static_cast<double>(state.iterations()) * static_cast<double>(spans_each);
    state.counters["spans/CPU-s"] = benchmark::Counter(spans, benchmark::Counter::kIsRate);
    state.counters["ns/span"] =
        benchmark::Counter(spans / 1e9, benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
}

// Every span's identity remembered, as 64 bits, in a table that is large enough from the first.
void bare_identities(benchmark::State& state) {
    std::vector<uint64_t> hashes(kSpans);
    std::generate(hashes.begin(), hashes.end(), std::mt19937_64(1));
    for ([[maybe_unused]] auto _ : state) {
        std::vector<uint64_t> places(kIdentityPlaces);
        size_t remembered = 0;
        for (size_t i = 0; i < kSpans; ++i) {
            prefetch_line(&places[hashes[std::min(i + kAhead, kSpans - 1)] % kIdentityPlaces]);
            size_t at = hashes[i] % kIdentityPlaces;
            while (places[at] != 0 && places[at] != hashes[i]) {
                at = (at + 1) % kIdentityPlaces;
            }
            remembered += places[at] == 0 ? 1 : 0;
            places[at] = hashes[i];
        }
        benchmark::DoNotOptimize(remembered);
    }
    count_spans(state);
}

// Two cache lines: a rolling total, its part in closed panes, and an EMA of it.
struct alignas(64) BareAccount {
    Int128 live = 0;
    Int128 closed = 0;
    Int128 sample = 0;
    Int128 ema = 0;
    Int128 of_period = 0;
    int64_t as_of = 0;
};

struct BareEntry {
    uint64_t account = 0;
    Int128 amount = 0;
};

// Every account in every pane, in an order of the pane's own: it goes on to the next pane, which
// takes what the last one had, and the last one closes: sample and EMA.
void bare_panes(benchmark::State& state, size_t account_count, size_t panes) {
    std::mt19937_64 random(1);
    std::vector<BareAccount> accounts(account_count);
    std::vector<uint32_t> order(account_count);
    std::iota(order.begin(), order.end(), 0U);
    std::vector<int64_t> amounts(kAmounts);
    for (int64_t& amount : amounts) {
        amount = static_cast<int64_t>(random() % 1'000'000'000);
    }
    std::vector<BareEntry> entries;
    std::vector<BareEntry> closed;
    const auto fetch = [&](uint32_t account) {
        const char* const at = reinterpret_cast<const char*>(&accounts[account]);
        prefetch_line(at);
        prefetch_line(at + 64);
    };
    for ([[maybe_unused]] auto _ : state) {
        for (size_t pane = 0; pane < panes; ++pane) {
            state.PauseTiming();
            std::shuffle(order.begin(), order.end(), random);
            state.ResumeTiming();
            entries.clear();
            closed.clear();
            for (size_t i = 0; i < account_count; ++i) {
                fetch(order[std::min(i + kAhead, account_count - 1)]);
                BareAccount& account = accounts[order[i]];
                const Int128 amount = amounts[(pane * account_count + i) % kAmounts];
                account.live += amount;
                account.of_period += amount;
                entries.push_back({order[i], amount});
            }
            for (size_t i = 0; i < account_count; ++i) {
                fetch(static_cast<uint32_t>(
                    entries[std::min(i + kAhead, account_count - 1)].account));
                BareAccount& account = accounts[entries[i].account];
                account.closed += entries[i].amount;
                account.sample = account.closed;
                account.ema = (account.sample * 1'000'000 + 9 * account.ema) / 10;
                account.as_of = static_cast<int64_t>(pane) + 1;
                closed.push_back(entries[i]);
            }
            benchmark::DoNotOptimize(closed.data());
        }
    }
    count_spans(state);
}

// A day of panes as S7's sparse case has them: 2,500 accounts, charged five times a span of 833 a
// minute, each with two counters. Unpacked, and taken from accounts that are found by their place.
void bare_expiring(benchmark::State& state) {
    constexpr size_t kAccounts = 2'500;
    constexpr size_t kPanes = 1'440;
    constexpr size_t kSpansPerPane = 833;
    constexpr size_t kChargesPerPane = 5 * kSpansPerPane;
    std::mt19937_64 random(1);
    std::vector<std::string> panes(kPanes);
    size_t entry_count = 0;
    for (std::string& pane : panes) {
        std::map<std::pair<uint64_t, uint32_t>, Int128> amounts;
        for (size_t i = 0; i < kChargesPerPane; ++i) {
            const uint64_t account = random() % kAccounts;
            amounts[{account, 1}] += static_cast<int64_t>(random() % 10'000'000'000);
            amounts[{account, 2}] += 1;
        }
        std::vector<PaneEntry> entries;
        for (const auto& [counter, amount] : amounts) {
            entries.push_back({AccountId(counter.first), counter.second, amount});
        }
        pane = store::encode_pane(entries);
        entry_count += entries.size();
    }
    std::vector<BareAccount> accounts(2 * kAccounts);
    std::vector<PaneEntry> entries;
    for ([[maybe_unused]] auto _ : state) {
        for (const std::string& pane : panes) {
            entries.clear();
            benchmark::DoNotOptimize(store::decode_pane(pane, entries));
            for (const PaneEntry& entry : entries) {
                BareAccount& account = accounts[2 * entry.account_id.number + entry.slot - 1];
                account.live -= entry.amount;
                account.closed -= entry.amount;
            }
        }
        benchmark::DoNotOptimize(accounts.data());
    }
    count_spans(state, kPanes * kSpansPerPane);
    state.counters["entries/span"] =
        static_cast<double>(entry_count) / static_cast<double>(kPanes * kSpansPerPane);
}

BENCHMARK(bare_identities)->Name("bare/identities")->Unit(benchmark::kMillisecond);
// Of 25,000 accounts nearly every one is charged in each of 60 panes; of 1.2 million one in six is,
// so that each goes on to another pane ten times.
BENCHMARK_CAPTURE(bare_panes, of_25_000, 25'000, 60)
    ->Name("bare/panes of 25,000 accounts")
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(bare_panes, of_1_200_000, 1'200'000, 10)
    ->Name("bare/panes of 1,200,000 accounts")
    ->Unit(benchmark::kMillisecond);
BENCHMARK(bare_expiring)->Name("bare/expiring")->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace spantoll::bench
