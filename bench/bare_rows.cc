// What a row costs RocksDB and nothing else: the bound of workloads in which nearly every charge
// has an account of its own (S3). CPU of the whole process, the flush and what it starts included.
#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include "schemas/check.h"
#include "tests/store/state_database.h"
#include "tests/store/temporary_directory.h"

namespace spantoll::bench {
namespace {

// As S3: a row for each of 1.2 million accounts, as long as a row of a rolling window.
constexpr size_t kRows = 1'200'000;
constexpr size_t kValueBytes = 60;

enum class Order { kOfMemory, kOfKeys };

std::vector<std::string> keys_in(Order order) {
    std::vector<std::string> keys;
    for (size_t i = 0; i < kRows; ++i) {
        keys.push_back(fmt::format("ROLLING#service:bench-{:07}/24h", i));
    }
    if (order == Order::kOfMemory) {
        std::shuffle(keys.begin(), keys.end(), std::mt19937_64(1));
    }
    return keys;
}

// One batch with every row, as a commit that touched every account; its fsync and its flush.
void bare_rows(benchmark::State& state, Order order) {
    const std::vector<std::string> keys = keys_in(order);
    std::mt19937_64 random(1);
    std::string value(kValueBytes, '\0');
    for ([[maybe_unused]] auto _ : state) {
        state.PauseTiming();
        const store::TemporaryDirectory directory;
        auto database = store::open_state_database(directory.path(), store::kBufferBytesMax);
        rocksdb::ColumnFamilyHandle* const rows =
            database->family(store::index_of(store::Family::kRolling));
        state.ResumeTiming();
        rocksdb::WriteBatch batch(kRows * (keys.front().size() + kValueBytes + 8));
        for (const std::string& key : keys) {
            const uint64_t bytes = random();  // as well as amounts compress
            value.replace(0, sizeof(bytes), reinterpret_cast<const char*>(&bytes), sizeof(bytes));
            batch.Put(rows, key, value).PermitUncheckedError();
        }
        rocksdb::WriteOptions synced;
        synced.sync = true;
        CHECK(database->db().Write(synced, &batch).ok(), "the store can be written");
        CHECK(database->db().Flush({}, rows).ok(), "the store can be flushed");
        state.PauseTiming();
        database = nullptr;
        state.ResumeTiming();
    }
    const auto written = static_cast<double>(state.iterations()) * static_cast<double>(kRows);
    state.counters["rows/CPU-s"] = benchmark::Counter(written, benchmark::Counter::kIsRate);
    state.counters["ns/row"] = benchmark::Counter(
        written / 1e9, benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
}

BENCHMARK_CAPTURE(bare_rows, of_memory, Order::kOfMemory)
    ->Name("bare/rows in the order of memory")
    ->Unit(benchmark::kMillisecond)
    ->MeasureProcessCPUTime();
BENCHMARK_CAPTURE(bare_rows, of_keys, Order::kOfKeys)
    ->Name("bare/rows in the order of keys")
    ->Unit(benchmark::kMillisecond)
    ->MeasureProcessCPUTime();

}  // namespace
}  // namespace spantoll::bench
