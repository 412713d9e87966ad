#include "window/dedup/id_set.h"

#include <bit>
#include <span>
#include <utility>
#if defined(__SSE2__)
#include <emmintrin.h>
#endif

#include "schemas/int128.h"
#include "schemas/memory/prefetch.h"

namespace spantoll::window {
namespace {

constexpr uint64_t kEmpty = 0;
// Buckets after the last home. Of hashes that are well mixed one in millions of tables needs more.
constexpr size_t kTail = 4;

uint64_t as_stored(uint64_t hash) {
    return hash == kEmpty ? 1 : hash;
}

}  // namespace

// All of them are compared: no branch to guess wrong.
inline uint32_t IdSet::Bucket::places_of(uint64_t value) const {
    uint32_t found = 0;
#if defined(__SSE2__)
    const __m128i wanted = _mm_set1_epi64x(static_cast<int64_t>(value));
    for (size_t i = 0; i < places.size(); i += 2) {
        const auto* const two = reinterpret_cast<const __m128i*>(&places[i]);
        const __m128i halves = _mm_cmpeq_epi32(_mm_load_si128(two), wanted);
        const __m128i swapped = _mm_shuffle_epi32(halves, _MM_SHUFFLE(2, 3, 0, 1));
        const __m128i equal = _mm_and_si128(halves, swapped);
        found |= static_cast<uint32_t>(_mm_movemask_pd(_mm_castsi128_pd(equal))) << i;
    }
#else
    for (size_t i = 0; i < places.size(); ++i) {
        found |= static_cast<uint32_t>(places[i] == value) << i;
    }
#endif
    return found;
}

size_t IdSet::Table::home_of(uint64_t hash) const {
    return static_cast<size_t>(Uint128{hash << kTableBits} * homes >> 64);
}

size_t IdSet::Table::bucket_of(uint64_t hash) const {
    size_t bucket = home_of(hash);
    while (at(bucket).is_full() && at(bucket).places_of(hash) == 0) {
        ++bucket;
    }
    return bucket;
}

// What a table starts with is within a block, and differs by up to a quarter from one to the other,
// so that they do not all grow at once.
size_t IdSet::homes_min(const Table& table) const {
    constexpr size_t kMost = kBlockBuckets - kTail;
    const auto number = static_cast<size_t>(&table - tables_.data());
    return kMost - kMost / 5 * number / tables_.size();
}

void IdSet::resize(Table& table, size_t homes) {
    const std::vector<Bucket*> before = std::exchange(table.blocks, {});
    table.homes = homes;
    while (table.bucket_count() < homes + kTail) {
        add_block(table);
    }
    std::vector<uint8_t> taken(table.bucket_count());
    for (Bucket* const block : before) {
        for (const Bucket& old : std::span(block, kBlockBuckets)) {
            for (const uint64_t hash : old.places) {
                if (hash == kEmpty) {
                    break;
                }
                size_t bucket = table.home_of(hash);
                while (taken[bucket] == kBucketPlaces) {
                    ++bucket;
                }
                table.at(bucket).places[taken[bucket]++] = hash;
                if (taken.back() == kBucketPlaces) {
                    add_block(table);
                    taken.resize(table.bucket_count());
                }
            }
        }
        blocks_.give_back(block);
    }
}

void IdSet::add_block(Table& table) {
    table.blocks.push_back(static_cast<Bucket*>(blocks_.take()));
}

bool IdSet::contains(uint64_t hash) const {
    hash = as_stored(hash);
    const Table& table = table_of(hash);
    return table.homes != 0 && table.at(table.bucket_of(hash)).places_of(hash) != 0;
}

bool IdSet::insert(uint64_t hash) {
    hash = as_stored(hash);
    Table& table = table_of(hash);
    // At most four fifths full.
    if (5 * (table.count + 1) > 4 * kBucketPlaces * table.homes) {
        resize(table, table.homes == 0 ? homes_min(table) : table.homes + table.homes / 4);
    }
    Bucket& bucket = table.at(table.bucket_of(hash));
    if (bucket.places_of(hash) != 0) {
        return false;
    }
    bucket.places[static_cast<size_t>(std::countr_zero(bucket.places_of(kEmpty)))] = hash;
    if (table.blocks.back()[kBlockBuckets - 1].is_full()) {
        add_block(table);
    }
    ++table.count;
    ++size_;
    return true;
}

void IdSet::erase(uint64_t hash) {
    hash = as_stored(hash);
    Table& table = table_of(hash);
    if (table.homes == 0) {
        return;
    }
    const size_t bucket = table.bucket_of(hash);
    const uint32_t found = table.at(bucket).places_of(hash);
    if (found == 0) {
        return;
    }
    table.fill_gap(bucket, static_cast<uint32_t>(std::countr_zero(found)));
    --table.count;
    --size_;
}

// A place is given up. Whoever went past its full bucket for want of it comes back to it, and so on
// with the place that this one gives up.
void IdSet::Table::fill_gap(size_t bucket, uint32_t place) {
    for (size_t next = bucket; at(next).is_full();) {
        ++next;
        for (uint32_t from = 0; from < kBucketPlaces; ++from) {
            const uint64_t moved = at(next).places[from];
            if (moved != kEmpty && home_of(moved) <= bucket) {
                at(bucket).places[place] = moved;
                bucket = next;
                place = from;
                break;
            }
        }
    }
    // The last one of the bucket takes the place.
    auto& places = at(bucket).places;
    size_t last = kBucketPlaces - 1;
    while (places[last] == kEmpty) {
        --last;
    }
    places[place] = places[last];
    places[last] = kEmpty;
}

void IdSet::prefetch(uint64_t hash) const {
    hash = as_stored(hash);
    const Table& table = table_of(hash);
    if (table.homes != 0) {
        prefetch_line(&table.at(table.home_of(hash)));
    }
}

void IdSet::prefetch_next(uint64_t hash) const {
    hash = as_stored(hash);
    const Table& table = table_of(hash);
    if (table.homes == 0) {
        return;
    }
    const size_t home = table.home_of(hash);
    if (table.at(home).is_full()) {
        prefetch_line(&table.at(home + 1));
    }
}

void IdSet::shrink() {
    for (Table& table : tables_) {
        if (kBucketPlaces * table.homes > 2 * (table.count + kBucketPlaces * homes_min(table))) {
            resize(table, table.count * 3 / (2 * kBucketPlaces) + homes_min(table));
        }
    }
    blocks_.release_free();
}

}  // namespace spantoll::window
