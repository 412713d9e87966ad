#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "schemas/dimension.h"

namespace spantoll {

// A kind of account: a name and the dimensions that a span must carry to charge one.
struct AccountKind {
    std::string name;
    std::vector<Dimension> dimensions;  // empty for `global` alone
    bool operator==(const AccountKind&) const = default;
};

// Index into AccountKinds.
using KindIndex = uint16_t;

inline constexpr size_t kBuiltInKindCount = 12;
// Twelve built in and 22 of the user's own: each kind is one account and one row more for a span.
inline constexpr size_t kKindsMax = 34;

// The kinds in their order: global, domain, service, commit, provider, model, virtual_key, team,
// customer, user, session, end_user, then the configured ones by name. Constant after construction.
class AccountKinds {
  public:
    AccountKinds();
    // `configured` need not be sorted; names must be new and the sum at most kKindsMax (the
    // configuration reader has told the user otherwise).
    explicit AccountKinds(std::vector<AccountKind> configured,
                          const std::vector<std::string>& short_lived = {});

    const std::vector<AccountKind>& all() const { return kinds_; }
    const AccountKind& at(KindIndex index) const { return kinds_[index]; }
    std::optional<KindIndex> find(std::string_view name) const;

    // Which kind an account text as written in keys belongs to: `global`, a bare domain, or
    // `kind:value[,value...]` with a known kind and the right number of values. Empty otherwise.
    // Whether the values are in their normal form is for ingest/naming.h to say.
    std::optional<KindIndex> kind_of(std::string_view account) const;

    // Whether accounts of the kind come and go by the million, as sessions do: one that only has an
    // open configured period leaves memory. So are kinds with a dimension session or end_user, and
    // those named at construction.
    bool is_short_lived(KindIndex index) const { return short_lived_[index]; }
    // Their names, in the order of kinds.
    std::vector<std::string> short_lived_names() const;

  private:
    std::vector<AccountKind> kinds_;
    std::vector<bool> short_lived_;  // by KindIndex
};

inline constexpr KindIndex kGlobalKind = 0;
inline constexpr KindIndex kDomainKind = 1;
inline constexpr std::string_view kGlobalAccount = "global";
inline constexpr std::string_view kOtherValue = "~other";      // beyond max_per_kind
inline constexpr std::string_view kInvalidValue = "~invalid";  // a value that is no good name

// "domain:~other", "service:~invalid": the accounts that belong to strangers.
std::string stranger_account(const AccountKind& kind, std::string_view value);

// True for `kind:~other` and `kind:~invalid`.
bool is_stranger(std::string_view account);

}  // namespace spantoll
