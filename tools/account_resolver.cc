#include "tools/account_resolver.h"

#include <absl/strings/string_view.h>
#include <algorithm>

#include "ingest/naming.h"

namespace spantoll::tools {

using window::AccountIndex;
using window::kNoAccount;

AccountResolver::AccountResolver(const AccountKinds& kinds,
                                 window::Ledger& ledger,
                                 size_t cached_names_max)
    : kinds_(kinds),
      ledger_(ledger),
      cached_names_max_(cached_names_max),
      cache_(kinds.all().size()) {}

const std::vector<AccountIndex>& AccountResolver::resolve(const Span& span) {
    accounts_.clear();
    for (size_t kind = 0; kind < kinds_.all().size(); ++kind) {
        overflowed_.clear();
        const AccountIndex index = resolve_kind(static_cast<KindIndex>(kind), span);
        if (index == kNoAccount) {
            continue;
        }
        if (std::find(accounts_.begin(), accounts_.end(), index) == accounts_.end()) {
            accounts_.push_back(index);
        }
        if (!overflowed_.empty()) {
            ledger_.add_parents_of(index, overflowed_, accounts_);
        } else if (!ledger_.account(index).parents.empty()) {
            ledger_.add_parents_of(index, ledger_.account(index).text, accounts_);
        }
    }
    return accounts_;
}

AccountIndex AccountResolver::resolve_kind(KindIndex kind, const Span& span) {
    joined_.clear();
    const std::vector<Dimension>& dimensions = kinds_.at(kind).dimensions;
    for (size_t i = 0; i < dimensions.size(); ++i) {
        const std::string_view value = span.dimension(dimensions[i]);
        if (value.empty()) {
            return kNoAccount;
        }
        if (i > 0) {
            joined_.push_back('\0');
        }
        joined_.append(value);
    }
    auto& cache = cache_[kind];
    const auto found = cache.find(absl::string_view(joined_.data(), joined_.size()));
    if (found != cache.end() && ledger_.account(found->second.index).id == found->second.id) {
        return found->second.index;
    }
    const std::string account = kind == kGlobalKind ? std::string(kGlobalAccount)
                                                    : ingest::account_of(kinds_.at(kind), span);
    if (is_stranger(account)) {
        ++invalid_names_;
    }
    const AccountIndex index = ledger_.find_or_create(kind, account);
    if (ledger_.account(index).text != account) {
        overflowed_ = account;  // not remembered: it may find a place later
        return index;
    }
    if (is_stranger(account)) {
        return index;  // hostile names are not worth remembering
    }
    if (cache.size() >= cached_names_max_) {
        cache.clear();
    }
    cache[joined_] = {index, ledger_.account(index).id};
    return index;
}

}  // namespace spantoll::tools
