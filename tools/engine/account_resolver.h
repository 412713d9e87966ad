#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "schemas/account.h"
#include "schemas/control/key_table.h"
#include "schemas/span.h"
#include "tools/engine/name_table.h"
#include "window/ledger.h"

namespace spantoll::tools {

// The account of this kind that dimensions mean, keys by their names: what a span that carries them
// charges, and what a check of them asks about. Empty where one of the kind's is absent.
std::string account_of(const AccountKind& kind, const Span& dimensions, const KeyTable& keys);

// Which accounts a span charges: one for each kind whose dimensions it carries, and their parents,
// each once. An id of a virtual key means the key. Normal forms are worked out once per raw text
// and remembered, within bounds.
//
// Spans are announced some time before they are resolved, so that memory is fetched meanwhile. A
// place is a number that goes up by one a span. For the span at `place`:
//
//     resolver.announce(later, place + 16);
//     resolver.fetch(place + 6);
//     resolver.prepare(place + 2);
//     resolver.resolve(span, charge, place);
//
// What it remembers is keyed by a 128-bit hash of the text with a random seed, and no text is kept:
// two of n texts are taken for one with probability n^2 / 2^129, 1e-25 at ten million.
// Thread: the engine's.
class AccountResolver {
  public:
    // `cached_names_max`: per kind, if all kinds have as many.
    AccountResolver(const AccountKinds& kinds,
                    const KeyTable& keys,
                    window::Ledger& ledger,
                    size_t cached_names_max);
    // After a change of keys. What was announced before must be announced again.
    void forget_names() { cache_.clear(); }

    // Places that are remembered, up to the last one announced.
    static constexpr size_t kPlaces = 64;
    void announce(const Span& span, size_t place);
    // Of a place that was announced some spans before.
    void fetch(size_t place);
    // Of a place that was fetched some spans before.
    void prepare(size_t place);

    // The accounts of a span that was announced, until the next call. Announcing changes nothing in
    // the answer: other spans may have made accounts and closings removed some since.
    // A new name beyond the cap takes a place by what the span is charged.
    const std::vector<window::AccountIndex>& resolve(const Span& span,
                                                     const window::Charge& charge,
                                                     size_t place);

    uint64_t invalid_names() const { return invalid_names_; }  // charges to ~invalid so far
    size_t remembered_names() const { return cache_.size(); }

  private:
    struct Name {       // that an announced span carries
        TextHash text;  // all zero of the global account, which needs no name
        NamedAccount known;
        const window::AccountHead* head =
            nullptr;  // of that account; of none where it is not known
        KindIndex kind = 0;
    };
    // Most kinds have one dimension.
    struct KindDimension {
        bool is_single = false;
        Dimension dimension{};
    };
    void announce_name(Name& name, KindIndex kind, std::string_view text);
    // The raw texts of the kind's dimensions, a zero byte after each, until the next call; empty
    // where one is absent.
    std::string_view join(KindIndex kind, const Span& span);
    void know(Name& name, const NamedAccount& known) const;
    void resolve_one_by_one(const Span& span,
                            const window::Charge& charge,
                            std::span<const Name> names);
    bool is_current(const NamedAccount& known) const;
    bool remembers_enough() const;
    std::span<Name> names_at(size_t place) {
        return std::span(names_).subspan(place % kPlaces * dimensions_.size(),
                                         name_counts_[place % kPlaces]);
    }
    window::AccountIndex find_again(const Name& name,
                                    const Span& span,
                                    const window::Charge& charge);

    const AccountKinds& kinds_;
    const KeyTable& keys_;
    window::Ledger& ledger_;
    const size_t cached_names_max_;  // of all kinds together
    const uint64_t seed_;
    std::vector<KindDimension> dimensions_;  // by kind
    NamedAccount global_;
    NameTable cache_;          // of all kinds, the kind is in the hash
    std::vector<Name> names_;  // room for one of each kind a place, by place modulo kPlaces
    std::array<size_t, kPlaces> name_counts_{};  // how many of them the span has
    std::array<int64_t, kPlaces> panes_{};       // of the span
    std::array<bool, kPlaces> have_usage_{};     // whether the span has some
    std::vector<window::AccountIndex> accounts_;
    std::string joined_;
    std::string overflowed_;  // the name of the last account that found no place
    uint64_t invalid_names_ = 0;
};

}  // namespace spantoll::tools
