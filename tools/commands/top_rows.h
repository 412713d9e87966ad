#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "schemas/event_time.h"
#include "schemas/refusal.h"
#include "schemas/zone.h"
#include "tools/commands/top_table.h"
#include "tools/process/parsed_json.h"

namespace spantoll::tools {

// How many spans were read, accepted, duplicate, late or refused, over all partitions.
struct SpanCounts {
    uint64_t polled = 0;
    uint64_t accepted = 0;
    uint64_t duplicate = 0;
    uint64_t late = 0;
    std::array<uint64_t, kRefusalCount> refused{};  // by Refusal
};

// Collects what `top` shows from the rows of a dump, which may come in any order.
class TopRows {
  public:
    TopRows();
    void add(std::string_view key, std::string_view json);

    // C as a time; kUnset until something is closed.
    int64_t as_of_ms() const { return as_of_ms_; }
    const SpanCounts& counts() const { return counts_; }
    size_t account_count() const { return accounts_.size(); }
    // The account kinds of the store, even those without an account: the built-in ones and those
    // that META/FORMAT names.
    const std::vector<std::string>& kinds() const { return kinds_; }

    // The `count` accounts of `kind` (empty: of any kind) with the largest 24 h totals, largest
    // first and equal ones by name.
    std::vector<TopAccount> top(size_t count, std::string_view kind) const;

  private:
    struct Months {
        std::string label;  // "2026-11": the latest month seen
        Money cost;
    };
    struct Account {
        Money day;
        Money ema;
        Months month;
        Action level = Action::kNone;
        bool is_rolling = false;  // has a rolling total; the others spent nothing for a day
    };
    void add_rolling(Account& account);
    void add_counts();

    std::vector<std::string> kinds_;
    std::map<std::string, Account, std::less<>> accounts_;
    SpanCounts counts_;
    ParsedJson json_;  // of the row that is being added
    int64_t as_of_ms_ = kUnset;
    Zone zone_;  // of the months
};

}  // namespace spantoll::tools
