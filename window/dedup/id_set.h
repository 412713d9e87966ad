#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "window/dedup/huge_blocks.h"

namespace spantoll::window {

// A set of well mixed 64-bit hashes. Each takes 10 to 13 bytes, and most look-ups touch one cache
// line.
//
// Buckets have room for eight hashes, a cache line each, and are filled from the front; at most
// four fifths of the room is used. A hash whose home bucket is full goes into the next bucket, and
// a search ends at the first bucket that is not full. As a higher hash never has a lower home, a
// table grows, by a quarter, in one pass over the old one. There are 64 tables, by the upper bits,
// so that each growth is short. Zero marks what is empty, so 0 is treated as 1.
//
// To look for a hash without waiting for memory: prefetch(), some time later prefetch_next(), some
// time later insert().
class IdSet {
  public:
    bool contains(uint64_t hash) const;
    // False, and nothing is changed, where it is there already.
    bool insert(uint64_t hash);
    // Does nothing where it is not there.
    void erase(uint64_t hash);
    void prefetch(uint64_t hash) const;
    // The second bucket of those that need one.
    void prefetch_next(uint64_t hash) const;
    // Gives memory back after many were erased.
    void shrink();
    size_t size() const { return size_; }

  private:
    static constexpr size_t kBucketPlaces = 8;
    struct alignas(64) Bucket {
        std::array<uint64_t, kBucketPlaces> places{};

        // Which of the eight have this value: bit n for places[n].
        uint32_t places_of(uint64_t value) const;
        bool is_full() const { return places.back() != 0; }
    };
    static constexpr size_t kBlockBuckets = HugeBlocks::kBlockBytes / sizeof(Bucket);
    struct Table {
        // Buckets in blocks: `homes` and those that take what these cannot; the last is not full.
        std::vector<Bucket*> blocks;
        size_t homes = 0;
        size_t count = 0;

        Bucket& at(size_t bucket) const {
            return blocks[bucket / kBlockBuckets][bucket % kBlockBuckets];
        }
        size_t bucket_count() const { return blocks.size() * kBlockBuckets; }
        // Where a hash is if there was room; the table has at least one home.
        size_t home_of(uint64_t hash) const;
        // The bucket that has the hash, or the one that ends the search for it.
        size_t bucket_of(uint64_t hash) const;
        void fill_gap(size_t bucket, uint32_t place);
    };
    static constexpr int kTableBits = 6;

    Table& table_of(uint64_t hash) { return tables_[hash >> (64 - kTableBits)]; }
    const Table& table_of(uint64_t hash) const { return tables_[hash >> (64 - kTableBits)]; }
    size_t homes_min(const Table& table) const;
    void resize(Table& table, size_t homes);
    void add_block(Table& table);

    HugeBlocks blocks_;
    std::array<Table, size_t{1} << kTableBits> tables_;
    size_t size_ = 0;
};

}  // namespace spantoll::window
