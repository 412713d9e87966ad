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
      cache_(kinds.all().size()) {}

void AccountResolver::begin() {
    names_.clear();
    names_to_.clear();
}

void AccountResolver::announce(const Span& span) {
    for (size_t i = 0; i < kinds_.all().size(); ++i) {
        const auto kind = static_cast<KindIndex>(i);
        if (!join(kind, span)) {
            continue;
        }
        const XXH128_hash_t hash = XXH3_128bits_withSeed(joined_.data(), joined_.size(), seed_);
        Name& name = names_.emplace_back();
        name.kind = kind;
        name.text = {hash.high64, hash.low64};
        cache_[kind].prefetch(name.text);
    }
    names_to_.push_back(names_.size());
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
        const auto found = cache_[name.kind].find(name.text);
        if (found != cache_[name.kind].end()) {
            name.known = found->second;
            ledger_.prefetch(name.known.index);
        }
    }
}

const std::vector<AccountIndex>& AccountResolver::resolve(const Span& span, size_t place) {
    accounts_.clear();
    for (const Name& name : names_at(place)) {
        overflowed_.clear();
        const AccountIndex index =
            is_current(name.known) ? name.known.index : find_again(name, span);
        if (std::find(accounts_.begin(), accounts_.end(), index) == accounts_.end()) {
            accounts_.push_back(index);
        }
        if (!overflowed_.empty()) {
            ledger_.add_parents_of(index, overflowed_, accounts_);
        } else if (ledger_.account(index).has_parents) {
            ledger_.add_parents_of(index, ledger_.text(index), accounts_);
        }
    }
    return accounts_;
}

bool AccountResolver::join(KindIndex kind, const Span& span) {
    const std::vector<Dimension>& dimensions = kinds_.at(kind).dimensions;
    if (dimensions.size() == 1) {
        joined_ = span.dimension(dimensions.front());
        return !joined_.empty();
    }
    buffer_.clear();
    for (const Dimension dimension : dimensions) {
        const std::string_view value = span.dimension(dimension);
        if (value.empty()) {
            return false;
        }
        buffer_.append(value);
        buffer_.push_back('\0');
    }
    joined_ = buffer_;
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
    cache[name.text] = {index, ledger_.account(index).id};
    return index;
}

}  // namespace spantoll::tools
