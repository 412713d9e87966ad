#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace spantoll::window {

// A set of well mixed 64-bit hashes in 10 to 13 bytes each, and one cache line for most questions.
//
// Open addressing with linear probing, at most four fifths full, hashes in ascending order (Amble
// and Knuth, Ordered hash tables, 1974): a search ends at the first greater one. As a hash's home
// goes up with the hash itself, the whole table is in order, and grows by one pass over the old one
// without a search, by a quarter at a time. 256 tables by the upper bits keep each growth short.
// Zero marks an empty place: 0 is taken for 1.
class IdSet {
  public:
    bool contains(uint64_t hash) const;
    // Nothing where it is there already.
    void insert(uint64_t hash);
    // Nothing where it is not there.
    void erase(uint64_t hash);
    void prefetch(uint64_t hash) const;
    // Gives memory back after many were erased.
    void shrink();
    size_t size() const { return size_; }

  private:
    struct Table {
        std::vector<uint64_t> places;  // `homes` and those that were pushed past them; last: empty
        size_t homes = 0;
        size_t count = 0;

        // Where a hash would be if it were alone; the table has at least one home.
        size_t home_of(uint64_t hash) const;
        // Where a hash is, or would be put.
        size_t place_of(uint64_t hash) const;
        void resize(size_t homes);
        // Empty places at the end; no more memory than they take.
        void add_tail();
    };
    static constexpr int kTableBits = 8;

    Table& table_of(uint64_t hash) { return tables_[hash >> (64 - kTableBits)]; }
    const Table& table_of(uint64_t hash) const { return tables_[hash >> (64 - kTableBits)]; }

    std::array<Table, size_t{1} << kTableBits> tables_;
    size_t size_ = 0;
};

}  // namespace spantoll::window
