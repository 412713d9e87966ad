#pragma once

#include <absl/container/flat_hash_map.h>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "schemas/rows.h"

namespace spantoll::window {

// Names of usage meters as dense numbers. At most kUsageMetersMax distinct names besides those the
// configuration names; a further one is counted under kOverflowMeter.
class MeterTable {
  public:
    // Names in the order of their ids, from the store; empty for a fresh one.
    explicit MeterTable(const std::vector<std::string>& names);

    // The id of a name; a new one where there is room.
    MeterId intern(std::string_view name);
    // As intern, room or not: for names of the configuration, whose number is bounded there.
    MeterId intern_configured(std::string_view name);

    std::string_view name(MeterId id) const { return names_[id]; }
    // Whether the meter counts as tokens: input_tokens and output_tokens do.
    bool counts_tokens(MeterId id) const { return id == input_tokens_ || id == output_tokens_; }
    size_t size() const { return names_.size(); }
    bool is_full() const { return names_.size() > kUsageMetersMax; }

  private:
    static constexpr MeterId kNone = ~MeterId{0};
    MeterId add(std::string_view name);

    std::deque<std::string> texts_;
    std::vector<std::string_view> names_;  // by id, of texts_
    MeterId input_tokens_ = kNone;
    MeterId output_tokens_ = kNone;
    absl::flat_hash_map<std::string_view, MeterId> ids_;  // keys are names_
};

}  // namespace spantoll::window
