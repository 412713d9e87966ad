#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "schemas/memory/huge_pages.h"
#include "schemas/memory/prefetch.h"
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
    AccountId id;
    window::AccountIndex index = window::kNoAccount;
};

// Accounts by the hash of a text. Open addressing by cache lines of two places, at most half of all
// taken: what a look-up touches, nearly always, is one line, known from the hash alone so that it
// can be fetched long before, which is not so in absl::flat_hash_map, whose group of 16 slots has 8
// lines.
class NameTable {
  public:
    void prefetch(const TextHash& text) const { prefetch_line(&lines_[home_of(text)]); }
    // index kNoAccount where the text is not known.
    NamedAccount find(const TextHash& text) const { return place_of(text).account; }
    // The text now names this account.
    void put(const TextHash& text, const NamedAccount& account);
    void clear();
    size_t size() const { return size_; }

  private:
    struct Place {
        TextHash text;
        NamedAccount account;  // index kNoAccount: the place is empty

        // 1 where a search ends here, else 0: a number, for there is no branch to guess wrong.
        size_t ends(const TextHash& wanted) const {
            const uint64_t differs = (text.high ^ wanted.high) | (text.low ^ wanted.low);
            const auto is_taken = static_cast<uint64_t>(account.index != window::kNoAccount);
            return static_cast<size_t>((differs & -is_taken) == 0);
        }
    };
    // Filled from the front.
    struct alignas(64) Line {
        std::array<Place, 2> places;
    };
    static_assert(sizeof(Line) == 64);
    using Lines = std::vector<Line, HugePageAllocator<Line>>;

    size_t home_of(const TextHash& text) const { return text.high & last_line_; }
    // Where the text is, or would be put.
    const Place& place_of(const TextHash& text) const {
        for (size_t at = home_of(text);; at = (at + 1) & last_line_) {
            const Line& line = lines_[at];
            const Place& place = line.places[1 - line.places[0].ends(text)];
            if (place.ends(text) != 0) {
                return place;
            }
        }
    }
    Place& place_of(const TextHash& text) {
        return const_cast<Place&>(std::as_const(*this).place_of(text));
    }
    void grow();

    static constexpr size_t kLinesMin = 8;
    Lines lines_{kLinesMin};            // a power of two
    size_t last_line_ = kLinesMin - 1;  // of lines_
    size_t size_ = 0;
};

}  // namespace spantoll::tools
