#define XXH_INLINE_ALL  // a name is short: the call would cost as much as its hash
#include "tools/account_resolver.h"

#include <algorithm>
#include <xxhash.h>

#include "ingest/naming.h"
#include "tools/random_seed.h"

namespace spantoll::tools {

using window::AccountIndex;
using window::kNoAccount;

AccountResolver::AccountResolver(const AccountKinds& kinds,
                                 window::Ledger& ledger,
                                 size_t cached_names_max)
    : kinds_(kinds),
      ledger_(ledger),
      cached_names_max_(cached_names_max),
      seed_(random_seed()),
      cache_(kinds.all().size()) {
    for (const AccountKind& kind : kinds.all()) {
        const bool is_single = kind.dimensions.size() == 1;
        dimensions_.push_back({is_single, is_single ? kind.dimensions.front() : Dimension{}});
    }
}

void AccountResolver::begin() {
    names_.clear();
    names_to_.clear();
}

void AccountResolver::announce(const Span& span) {
    names_.push_back({{}, global_, kGlobalKind});  // of every span: known without its name
    for (size_t i = kGlobalKind + 1; i < dimensions_.size(); ++i) {
        const auto kind = static_cast<KindIndex>(i);
        const KindDimension of = dimensions_[kind];
        if (!of.is_single) {
            if (join(kind, span)) {
                announce_name(kind, joined_);
            }
        } else if (const std::string_view text = span.dimension(of.dimension); !text.empty()) {
            announce_name(kind, text);
        }
    }
    names_to_.push_back(names_.size());
}

void AccountResolver::announce_name(KindIndex kind, std::string_view text) {
    const XXH128_hash_t hash = XXH3_128bits_withSeed(text.data(), text.size(), seed_);
    Name& name = names_.emplace_back();
    name.kind = kind;
    name.text = {hash.high64, hash.low64};
    cache_[kind].prefetch(name.text);
}

std::span<AccountResolver::Name> AccountResolver::names_at(size_t place) {
    const size_t from = place == 0 ? 0 : names_to_[place - 1];
    return std::span(names_).subspan(from, names_to_[place] - from);
}

void AccountResolver::fetch(size_t place) {
    if (place >= names_to_.size()) {
        return;
    }
    for (Name& name : names_at(place)) {
        if (name.kind == kGlobalKind) {
            continue;  // always in the cache
        }
        const auto found = cache_[name.kind].find(name.text);
        if (found != cache_[name.kind].end()) {
            name.known = found->second;
            ledger_.prefetch(name.known.index);
        }
    }
}

const std::vector<AccountIndex>& AccountResolver::resolve(const Span& span, size_t place) {
    accounts_.clear();
    bool has_parents = false;  // kinds have no accounts in common, but parents are of any kind
    for (const Name& name : names_at(place)) {
        overflowed_.clear();
        const AccountIndex index =
            is_current(name.known) ? name.known.index : find_again(name, span);
        if (!has_parents ||
            std::find(accounts_.begin(), accounts_.end(), index) == accounts_.end()) {
            accounts_.push_back(index);
        }
        if (!overflowed_.empty()) {
            ledger_.add_parents_of(index, overflowed_, accounts_);
            has_parents = true;
        } else if (ledger_.account(index).has_parents) {
            ledger_.add_parents_of(index, ledger_.text(index), accounts_);
            has_parents = true;
        }
    }
    return accounts_;
}

bool AccountResolver::join(KindIndex kind, const Span& span) {
    joined_.clear();
    for (const Dimension dimension : kinds_.at(kind).dimensions) {
        const std::string_view value = span.dimension(dimension);
        if (value.empty()) {
            return false;
        }
        joined_.append(value);
        joined_.push_back('\0');
    }
    return true;
}

bool AccountResolver::is_current(const Known& known) const {
    return known.index != kNoAccount && ledger_.account(known.index).id == known.id;
}

AccountIndex AccountResolver::find_again(const Name& name, const Span& span) {
    auto& cache = cache_[name.kind];
    const auto found = cache.find(name.text);
    if (found != cache.end() && is_current(found->second)) {
        return found->second.index;
    }
    const std::string account = name.kind == kGlobalKind
                                    ? std::string(kGlobalAccount)
                                    : ingest::account_of(kinds_.at(name.kind), span);
    if (is_stranger(account)) {
        ++invalid_names_;
    }
    const AccountIndex index = ledger_.find_or_create(name.kind, account);
    if (ledger_.text(index) != account) {
        overflowed_ = account;  // not remembered: it may find a place later
        return index;
    }
    if (is_stranger(account)) {
        return index;  // hostile names are not worth remembering
    }
    if (cache.size() >= cached_names_max_) {
        cache.clear();
    }
    const Known known{index, ledger_.account(index).id};
    if (name.kind == kGlobalKind) {
        global_ = known;
    }
    cache[name.text] = known;
    return index;
}

}  // namespace spantoll::tools
