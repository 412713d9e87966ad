#pragma once

#include <absl/container/flat_hash_map.h>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "schemas/account.h"
#include "schemas/rows.h"

namespace spantoll::tools {

// Levels in force, as committed: what `check` answers from, without asking the engine or the store.
// Shadow limits enforce nothing and are left out. The engine's thread writes after a commit; any
// thread reads.
class FlagBoard {
  public:
    struct Flag {
        std::string limit;
        Action level = Action::kNone;
        int64_t since_ms = 0;
        std::optional<int64_t> valid_until_ms;
    };
    struct State {
        std::vector<Flag> flags;  // of the account asked for
        int64_t as_of_ms = kUnset;
        int64_t watermark_ms = kUnset;
    };

    void update(const std::vector<EnforceRow>& rows,
                const std::vector<std::pair<std::string, std::string>>& removed);
    // C and W of the commit; unset while there is none.
    void set_time(Pane first_open_pane, int64_t watermark_ms);
    State read(std::string_view account) const;
    // By kind: whether a new name would be charged to ~other, whatever it spends.
    void set_closed(std::vector<bool> closed);
    bool is_closed(KindIndex kind) const;
    size_t size() const;  // levels in force

  private:
    mutable std::mutex mutex_;
    absl::flat_hash_map<std::string, std::vector<Flag>> by_account_;
    int64_t as_of_ms_ = kUnset;
    int64_t watermark_ms_ = kUnset;
    std::vector<bool> closed_;
};

}  // namespace spantoll::tools
