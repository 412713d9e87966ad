#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "schemas/prefetch.h"
#include "window/account.h"

namespace spantoll::tools {

// A 128-bit hash of a text with a random seed.
struct TextHash {
    uint64_t high = 0;
    uint64_t low = 0;
    bool operator==(const TextHash&) const = default;
};

// Which account a text named when it was last looked up; another one may have its place since.
struct NamedAccount {
    uint64_t id = 0;
    window::AccountIndex index = window::kNoAccount;
};

// Accounts by the hash of a text. Open addressing with linear probing, at most three quarters full,
// two places to a cache line: what a look-up touches is known from the hash alone and can be
// fetched long before, which is not so in absl::flat_hash_map, whose group of 16 slots has 8 lines.
class NameTable {
  public:
    void prefetch(const TextHash& text) const { prefetch_line(places_.data() + home_of(text)); }
    // index kNoAccount where the text is not known.
    NamedAccount find(const TextHash& text) const { return places_[place_of(text)].account; }
    // The text now names this account.
    void put(const TextHash& text, const NamedAccount& account);
    void clear();
    size_t size() const { return size_; }

  private:
    struct alignas(32) Place {
        TextHash text;
        NamedAccount account;  // index kNoAccount: the place is empty
    };
    size_t home_of(const TextHash& text) const { return text.high & (places_.size() - 1); }
    // Where the text is, or would be put.
    size_t place_of(const TextHash& text) const {
        size_t at = home_of(text);
        while (places_[at].text != text && places_[at].account.index != window::kNoAccount) {
            at = (at + 1) & (places_.size() - 1);
        }
        return at;
    }
    void grow();

    static constexpr size_t kPlacesMin = 16;
    std::vector<Place> places_{kPlacesMin};  // a power of two
    size_t size_ = 0;
};

}  // namespace spantoll::tools
