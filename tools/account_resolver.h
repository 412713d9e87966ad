#pragma once

#include <absl/container/flat_hash_map.h>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "schemas/account.h"
#include "schemas/span.h"
#include "window/ledger.h"

namespace spantoll::tools {

// Which accounts a span charges: one for each kind whose dimensions it carries, and their parents,
// each once. Normal forms are worked out once per raw text and remembered, within bounds.
// Thread: the engine's.
class AccountResolver {
  public:
    AccountResolver(const AccountKinds& kinds, window::Ledger& ledger, size_t cached_names_max);

    // The accounts of a span, in `accounts` until the next call.
    const std::vector<window::AccountIndex>& resolve(const Span& span);

    uint64_t invalid_names() const { return invalid_names_; }  // charges to ~invalid so far

  private:
    struct Known {
        window::AccountIndex index = window::kNoAccount;
        uint64_t id = 0;
    };
    window::AccountIndex resolve_kind(KindIndex kind, const Span& span);

    const AccountKinds& kinds_;
    window::Ledger& ledger_;
    const size_t cached_names_max_;  // per kind
    // Per kind: the raw texts of its dimensions, joined by a zero byte -> account.
    std::vector<absl::flat_hash_map<std::string, Known>> cache_;
    std::vector<window::AccountIndex> accounts_;
    std::string joined_;
    std::string overflowed_;  // the name of the last account that found no place
    uint64_t invalid_names_ = 0;
};

}  // namespace spantoll::tools
