#pragma once

#include <absl/container/flat_hash_map.h>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "schemas/account.h"
#include "schemas/control/key_table.h"
#include "schemas/span.h"
#include "tools/engine/name_table.h"
#include "window/counting_plan.h"

namespace spantoll::tools {

// A 128-bit hash of a text.
TextHash hash_of(std::string_view text, uint64_t seed);

// An account as checks know it, whether the engine has it or not.
struct CheckName {
    std::string account;  // as written in keys
    TextHash key;         // CheckBoard::key_of() of it
    KindIndex kind = 0;
    window::PlanIndex plan = 0;             // of its limits and amounts
    std::vector<const CheckName*> parents;  // all the way up, each once
    // The key of an account of the kind virtual_key; null where no [[key]] is called so.
    const VirtualKey* virtual_key = nullptr;
};

// Which accounts a span with these dimensions would charge: the same as AccountResolver's, in the
// same order, from the same names, keys and parents, but nothing is made and the engine is not
// asked. A test compares both over random spans.
//
// Names are remembered by a hash of the raw text, within a bound. One thread at a time.
class CheckNames {
  public:
    struct Parts {
        const AccountKinds* kinds = nullptr;
        const window::CountingPlans* plans = nullptr;
        uint64_t seed = 0;  // CheckBoard::seed()
    };
    CheckNames(const Parts& parts, std::shared_ptr<const KeyTable> keys)
        : parts_(parts),
          key_kind_(parts.kinds->find(name_of(Dimension::kVirtualKey))),
          keys_(std::move(keys)) {}

    // The account, and what is above it; its text is one that an account can have.
    const CheckName& of_account(std::string_view account);
    // Names of which it says that are charged to ~other, as they are beyond max_per_kind. Empty:
    // none is.
    using IsBeyond = std::function<bool(const CheckName&)>;
    // Puts the accounts into `out`, until the next call. A name that is beyond stands in `beyond`.
    void resolve(const Span& span,
                 const IsBeyond& is_beyond,
                 std::vector<const CheckName*>& out,
                 std::vector<const CheckName*>& beyond);
    // The virtual key that the last span said, whether or not it is beyond; null: it said none.
    const CheckName* named_key() const { return named_key_; }
    // The account that names of the kind are charged to when they are beyond.
    const CheckName& other_of(KindIndex kind);
    const KeyTable& keys() const { return *keys_; }
    // Ids mean, and parents are, what these say from here on.
    void set_keys(std::shared_ptr<const KeyTable> keys);
    // Amounts have changed: every plan is looked up again.
    void clear();
    size_t size() const { return names_.size(); }

  private:
    // 262,144 names of some 200 bytes are about 50 MiB.
    static constexpr size_t kNamesMax = 1U << 18;

    const CheckName* find_named(KindIndex kind, const Span& span);
    std::string_view text_of(KindIndex kind, const Span& span);
    struct HashOf {
        size_t operator()(const TextHash& text) const { return text.low; }
    };
    using ByHash = absl::flat_hash_map<TextHash, const CheckName*, HashOf>;

    const Parts parts_;
    const std::optional<KindIndex> key_kind_;
    std::shared_ptr<const KeyTable> keys_;
    std::deque<CheckName> names_;
    ByHash by_text_;     // by kind and raw text
    ByHash by_account_;  // by CheckName::key
    const CheckName* named_key_ = nullptr;
    std::string joined_;
};

}  // namespace spantoll::tools
