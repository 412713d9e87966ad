#define XXH_INLINE_ALL  // a name is short: the call would cost as much as its hash
#include "tools/engine/account_resolver.h"

#include <algorithm>
#include <xxhash.h>

#include "ingest/naming.h"
#include "schemas/memory/prefetch.h"
#include "tools/process/random_seed.h"

namespace spantoll::tools {

using window::AccountIndex;
using window::kNoAccount;

namespace {

// What stands for the head of an account that is not known: none has this id.
constexpr window::AccountHead kNoHead = [] {
    window::AccountHead none;
    none.id = AccountId(~uint64_t{0});
    return none;
}();

// Names of accounts that left are found out when they come again alone. So that those of sessions,
// which nearly never do, do not pile up, no more are remembered than so many for each account that
// is there, and 4 MiB of them besides.
constexpr size_t kNamesPerAccount = 4;
constexpr size_t kNamesMin = 65'536;

}  // namespace

std::string account_of(const AccountKind& kind, const Span& dimensions, const KeyTable& keys) {
    const std::string_view raw = dimensions.dimension(Dimension::kVirtualKey);
    const bool has_key =
        std::ranges::find(kind.dimensions, Dimension::kVirtualKey) != kind.dimensions.end();
    if (!has_key || raw.empty() || keys.is_empty()) {
        return ingest::account_of(kind, dimensions);
    }
    const std::string value = ingest::account_value(Dimension::kVirtualKey, raw);
    return ingest::account_of(kind, dimensions, keys.name_of(value));
}

AccountResolver::AccountResolver(const AccountKinds& kinds,
                                 const KeyTable& keys,
                                 window::Ledger& ledger,
                                 size_t cached_names_max)
    : kinds_(kinds),
      keys_(keys),
      ledger_(ledger),
      cached_names_max_(cached_names_max * kinds.all().size()),
      seed_(random_seed()),
      names_(kPlaces * kinds.all().size()) {
    for (const AccountKind& kind : kinds.all()) {
        const bool is_single = kind.dimensions.size() == 1;
        dimensions_.push_back({is_single, is_single ? kind.dimensions.front() : Dimension{}});
    }
}

inline void AccountResolver::know(Name& name, const NamedAccount& known) const {
    name.known = known;
    name.head = known.index == kNoAccount ? &kNoHead : &ledger_.head(known.index);
}

inline void AccountResolver::announce_name(Name& name, KindIndex kind, std::string_view text) {
    const XXH128_hash_t hash = XXH3_128bits_withSeed(text.data(), text.size(), seed_ + kind);
    name.text = {hash.high64, hash.low64};
    name.known = {};
    name.head = &kNoHead;  // until it is fetched
    name.kind = kind;
    cache_.prefetch(name.text);
}

void AccountResolver::announce(const Span& span, size_t place) {
    Name* name = &names_[place % kPlaces * dimensions_.size()];
    const Name* const begin = name;
    know(*name, global_);  // of every span: known without its name
    name->kind = kGlobalKind;
    ++name;
    for (size_t i = kGlobalKind + 1; i < dimensions_.size(); ++i) {
        const auto kind = static_cast<KindIndex>(i);
        const KindDimension of = dimensions_[kind];
        const std::string_view text =
            of.is_single ? span.dimension(of.dimension) : join(kind, span);
        if (!text.empty()) {
            announce_name(*name++, kind, text);
        }
    }
    name_counts_[place % kPlaces] = static_cast<size_t>(name - begin);
    panes_[place % kPlaces] = floor_divide(span.time_ms, kMinuteMs);
    have_usage_[place % kPlaces] = span.usage_count != 0;
}

void AccountResolver::fetch(size_t place) {
    const bool has_usage = have_usage_[place % kPlaces];
    for (Name& name : names_at(place)) {
        if (name.kind == kGlobalKind) {
            continue;  // always in the cache
        }
        know(name, cache_.find(name.text));
        prefetch_line(name.head);
        if (has_usage && name.known.index != kNoAccount) {
            ledger_.prefetch_usage(name.known.index);
        }
    }
}

void AccountResolver::prepare(size_t place) {
    for (const Name& name : names_at(place)) {
        if (!name.head->expects(panes_[place % kPlaces]) && name.known.index != kNoAccount) {
            ledger_.prefetch_whole(name.known.index);
        }
    }
}

const std::vector<AccountIndex>& AccountResolver::resolve(const Span& span,
                                                          const window::Charge& charge,
                                                          size_t place) {
    const std::span<const Name> names = names_at(place);
    accounts_.resize(names.size());
    // Nearly always: every account is where it was, and none has parents.
    bool is_plain = true;
    for (size_t i = 0; i < names.size(); ++i) {
        const window::AccountHead& head = *names[i].head;
        is_plain &=
            static_cast<int>(head.id == names[i].known.id) & static_cast<int>(!head.has_parents);
        accounts_[i] = names[i].known.index;
    }
    if (!is_plain) {
        resolve_one_by_one(span, charge, names);
    }
    return accounts_;
}

void AccountResolver::resolve_one_by_one(const Span& span,
                                         const window::Charge& charge,
                                         std::span<const Name> names) {
    accounts_.clear();
    bool has_parents = false;  // kinds have no accounts in common, but parents are of any kind
    for (const Name& name : names) {
        AccountIndex index = name.known.index;
        bool has_overflowed = false;
        if (!is_current(name.known)) {
            overflowed_.clear();
            index = find_again(name, span, charge);
            has_overflowed = !overflowed_.empty();
        }
        if (!has_parents ||
            std::find(accounts_.begin(), accounts_.end(), index) == accounts_.end()) {
            accounts_.push_back(index);
        }
        if (has_overflowed) {
            ledger_.add_parents_of(index, overflowed_, charge, accounts_);
            has_parents = true;
        } else if (ledger_.head(index).has_parents) {
            ledger_.add_parents_of(index, ledger_.text(index), charge, accounts_);
            has_parents = true;
        }
    }
}

std::string_view AccountResolver::join(KindIndex kind, const Span& span) {
    joined_.clear();
    for (const Dimension dimension : kinds_.at(kind).dimensions) {
        const std::string_view value = span.dimension(dimension);
        if (value.empty()) {
            return {};
        }
        joined_.append(value);
        joined_.push_back('\0');
    }
    return joined_;
}

bool AccountResolver::remembers_enough() const {
    const size_t of_now = kNamesPerAccount * ledger_.account_count() + kNamesMin;
    return cache_.size() >= std::min(cached_names_max_, of_now);
}

bool AccountResolver::is_current(const NamedAccount& known) const {
    return known.index != kNoAccount && ledger_.is_current(known.index, known.id);
}

AccountIndex AccountResolver::find_again(const Name& name,
                                         const Span& span,
                                         const window::Charge& charge) {
    const NamedAccount found = cache_.find(name.text);
    if (is_current(found)) {
        return found.index;
    }
    const std::string account = name.kind == kGlobalKind
                                    ? std::string(kGlobalAccount)
                                    : account_of(kinds_.at(name.kind), span, keys_);
    if (is_stranger(account)) {
        ++invalid_names_;
    }
    const AccountIndex index = ledger_.find_or_create(name.kind, account, {&charge, accounts_});
    if (ledger_.text(index) != account) {
        overflowed_ = account;  // not remembered: it may find a place later
        return index;
    }
    if (is_stranger(account)) {
        return index;  // hostile names are not worth remembering
    }
    if (remembers_enough()) {
        cache_.clear();
    }
    const NamedAccount known{ledger_.id(index), index};
    if (name.kind == kGlobalKind) {
        global_ = known;
    }
    cache_.put(name.text, known);
    return index;
}

}  // namespace spantoll::tools
