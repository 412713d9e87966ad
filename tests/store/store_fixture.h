#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "store/show/dump.h"
#include "store/store.h"
#include "tests/store/temporary_directory.h"
#include "window/calendar.h"

namespace spantoll::store {

inline constexpr int64_t kNovember = 1'793'491'200'000;  // 2026-11-01T00:00Z
inline constexpr WindowSpec kMonth{WindowKind::kMonth, 0};
inline constexpr WindowSpec kDay{WindowKind::kDay, 0};
inline constexpr WindowSpec kHour{WindowKind::kHour, 0};

inline Period period_at(const WindowSpec& window, int64_t ms) {
    return window::period_of(window, EventTime{ms});
}

inline PeriodTotals totals_of(uint64_t requests, Int128 pico, int64_t at_ms) {
    PeriodTotals totals;
    totals.request_count = requests;
    totals.cost = Money::from_pico(pico);
    totals.first_ms = at_ms;
    totals.last_ms = at_ms;
    return totals;
}

inline StoredDecision decision_of(uint64_t sequence, int64_t effective_ms) {
    Decision decision;
    decision.number = sequence;
    decision.effective_ms = effective_ms;
    decision.account = "global";
    decision.limit = "day";
    decision.window = {WindowKind::kDay, 0};
    return {sequence, std::move(decision)};
}

inline DeadLetter letter_of(uint64_t sequence, int64_t offset, size_t size) {
    DeadLetter letter;
    letter.sequence = sequence;
    letter.topic = "spans";
    letter.partition = 1;
    letter.offset = offset;
    letter.refused = {{0, Refusal::kNotDecodable}};
    letter.size = size;
    letter.bytes = std::string(size, 'x');
    return letter;
}

// Rows of accounts that a test has in a list.
class ListedRows final : public AccountRowSource {
  public:
    explicit ListedRows(std::vector<RollingRow> rollings) : rollings_(std::move(rollings)) {}
    size_t account_count() const override { return rollings_.size(); }
    void give_rows(AccountRowTaker& taker) const override {
        for (const RollingRow& row : rollings_) {
            taker.take(row);
        }
    }

  private:
    const std::vector<RollingRow> rollings_;
};

// A store in a directory of its own.
class StoreFixture : public testing::Test {
  protected:
    StoreFixture() {
        options_.directory = directory_.path();
        options_.periods = {WindowKind::kMonth};
        options_.dedup_seed_if_new = 77;
    }

    Result<std::unique_ptr<Store>> try_open() { return Store::open(options_); }

    void open() {
        store_.reset();
        Result<std::unique_ptr<Store>> opened = try_open();
        ASSERT_TRUE(opened) << opened.error().message;
        store_ = std::move(*opened);
    }

    // Opens it again and reads it.
    LoadedState reloaded() {
        open();
        return loaded();
    }

    LoadedState loaded() {
        Result<LoadedState> state = store_->load();
        EXPECT_TRUE(state) << state.error().message;
        return state ? *state : LoadedState{};
    }

    void commit(const std::function<void(Commit&)>& fill, std::vector<RollingRow> rollings = {}) {
        Commit commit;
        fill(commit);
        const ListedRows rows(std::move(rollings));
        const Result<void> written = store_->commit(commit, Durability::kWritten, &rows);
        ASSERT_TRUE(written) << written.error().message;
    }

    // Rows as dump shows them, by key.
    std::map<std::string, std::string> dumped(bool all = false, const std::string& prefix = "") {
        std::map<std::string, std::string> rows;
        std::string last;
        const Result<void> read = dump({directory_.path(), prefix, all},
                                       [&](std::string_view key, std::string_view json) {
                                           EXPECT_LT(last, key);
                                           last = key;
                                           rows.emplace(key, json);
                                       });
        EXPECT_TRUE(read) << read.error().message;
        return rows;
    }

    std::string digest_now() {
        const Result<std::string> digest = store::digest(directory_.path());
        EXPECT_TRUE(digest) << digest.error().message;
        return digest.value_or("");
    }

    TemporaryDirectory directory_;
    StoreOptions options_;
    std::unique_ptr<Store> store_;
};

}  // namespace spantoll::store
