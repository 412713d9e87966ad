#pragma once

#include <absl/container/flat_hash_map.h>
#include <absl/container/inlined_vector.h>
#include <algorithm>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "schemas/rows.h"
#include "store/read/loaded_state.h"
#include "tools/checks/check_rules.h"

namespace spantoll::tools {

// What a limit judged by total has counted of an account, in one window.
struct CheckTotal {
    Int128 total = 0;
    // Rolling: the highest pane that was charged, kUnset where none was. Else when the window
    // begins.
    int64_t begin = 0;
    uint32_t limit = 0;  // index in the configuration
};
// Of one account, for each of its limits.
using CheckTotals = absl::InlinedVector<CheckTotal, 2>;

// What a commit changed of what checks look at.
struct BoardUpdate {
    // Set: other rules hold from here on, and `totals` has all that is counted.
    std::shared_ptr<CheckRules> rules = {};
    std::shared_ptr<const KeyTable> keys = {};                  // set: other keys hold from here on
    std::vector<std::pair<TextHash, CheckTotals>> totals = {};  // by CheckBoard::key_of()
    std::vector<TextHash> departed = {};                        // accounts that left memory
    std::vector<AddedAmount> added = {};                        // by grants
    std::span<const EnforceRow> levels = {};
    std::span<const std::pair<std::string, std::string>> removed_levels = {};
    Pane first_open_pane = kUnsetPane;  // C and W; unset while there is none
    int64_t watermark_ms = kUnset;
    std::vector<bool> closed = {};  // by kind: a new name would be charged to ~other
    bool is_cold = false;           // the input was never read to its end
    uint64_t sequence = 0;          // no decision of the commit has a higher one
};

// Everything that a check is answered from, as of the last commit, so that it asks neither the
// engine nor the store. The engine's thread writes it after each commit, as a whole; any thread
// reads.
//
// Before the engine is loaded it has the levels of the store, and no totals (`has_totals`).
class CheckBoard {
  public:
    struct TextHashOf {
        size_t operator()(const TextHash& text) const { return text.low; }
    };
    template <class Value>
    using ByText = absl::flat_hash_map<TextHash, Value, TextHashOf>;

    struct State {
        std::shared_ptr<CheckRules> rules;  // null before anybody said them
        bool has_totals = false;
        ByText<CheckTotals> totals;  // of all accounts in memory that limits hold for
        ByText<std::vector<CheckLevel>> levels;
        int64_t as_of_ms = kUnset;
        int64_t watermark_ms = kUnset;
        std::vector<bool> closed;
        bool is_cold = false;
        uint64_t sequence = 0;

        // How far the numbers are behind; 0 where event time is ahead of the wall clock, as with
        // spans from a clock that is. Empty while there is no watermark.
        std::optional<int64_t> lag_ms(int64_t wall_ms) const {
            return watermark_ms == kUnset
                       ? std::nullopt
                       : std::optional(std::max(wall_ms, watermark_ms) - watermark_ms);
        }
        bool is_closed(KindIndex kind) const { return kind < closed.size() && closed[kind]; }
        const std::vector<CheckLevel>* levels_of(const TextHash& account) const {
            const auto found = levels.empty() ? levels.end() : levels.find(account);
            return found == levels.end() ? nullptr : &found->second;
        }
    };

    CheckBoard();

    // What stands for an account here: a hash with a random seed, as in AccountResolver.
    TextHash key_of(std::string_view account) const { return hash_of(account, seed_); }
    uint64_t seed() const { return seed_; }

    // Before the engine is there: what the store has, without totals.
    void begin(const Settings& settings,
               std::shared_ptr<const KeyTable> keys,
               const store::LoadedLevels& levels);
    void apply(BoardUpdate&& update);
    // Calls read(State&) while nobody writes. What it changes are the caches of the rules.
    template <class Read>
    auto read(Read&& read) const {
        const std::lock_guard lock(mutex_);
        return read(state_);
    }
    size_t size() const;  // levels in force, but those of shadow limits

  private:
    void take_levels(const BoardUpdate& update);
    void take_off(const std::string& account, const std::string& limit);

    const uint64_t seed_;
    mutable std::mutex mutex_;
    mutable State state_;
};

}  // namespace spantoll::tools
