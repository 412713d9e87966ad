#include "window/id_set.h"

#include <algorithm>
#include <utility>

#include "schemas/int128.h"

namespace spantoll::window {
namespace {

constexpr uint64_t kEmpty = 0;
constexpr size_t kPlacesMin = 64;

uint64_t as_stored(uint64_t hash) {
    return hash == kEmpty ? 1 : hash;
}

// At most four fifths full.
bool is_room_for(size_t count, size_t places) {
    return 5 * count <= 4 * places;
}

}  // namespace

size_t IdSet::Table::home_of(uint64_t hash) const {
    return static_cast<size_t>(Uint128{hash << kTableBits} * places.size() >> 64);
}

size_t IdSet::Table::place_of(uint64_t hash) const {
    size_t place = home_of(hash);
    while (places[place] != hash && places[place] != kEmpty) {
        place = after(place);
    }
    return place;
}

void IdSet::Table::resize(size_t size) {
    const std::vector<uint64_t> before = std::exchange(places, std::vector<uint64_t>(size, kEmpty));
    for (const uint64_t hash : before) {
        if (hash != kEmpty) {
            places[place_of(hash)] = hash;
        }
    }
}

bool IdSet::contains(uint64_t hash) const {
    hash = as_stored(hash);
    const Table& table = table_of(hash);
    return !table.places.empty() && table.places[table.place_of(hash)] == hash;
}

void IdSet::insert(uint64_t hash) {
    hash = as_stored(hash);
    Table& table = table_of(hash);
    if (!is_room_for(table.count + 1, table.places.size())) {
        // The first sizes differ by up to a quarter, so that the tables do not all grow at once.
        const auto number = static_cast<size_t>(&table - tables_.data());
        table.resize(table.places.empty() ? kPlacesMin + number * kPlacesMin / 4 / tables_.size()
                                          : table.places.size() + table.places.size() / 4);
    }
    uint64_t& place = table.places[table.place_of(hash)];
    if (place == hash) {
        return;
    }
    place = hash;
    ++table.count;
    ++size_;
}

// Closes the gap: whoever was pushed past it moves up, so that every hash stays reachable from its
// home without a gap (Knuth, The Art of Computer Programming 3, algorithm 6.4 R).
void IdSet::erase(uint64_t hash) {
    hash = as_stored(hash);
    Table& table = table_of(hash);
    if (table.places.empty()) {
        return;
    }
    size_t gap = table.place_of(hash);
    if (table.places[gap] == kEmpty) {
        return;
    }
    const size_t size = table.places.size();
    for (size_t next = table.after(gap); table.places[next] != kEmpty; next = table.after(next)) {
        const size_t from_home = (next + size - table.home_of(table.places[next])) % size;
        const size_t from_gap = (next + size - gap) % size;
        if (from_home >= from_gap) {
            table.places[gap] = table.places[next];
            gap = next;
        }
    }
    table.places[gap] = kEmpty;
    --table.count;
    --size_;
}

void IdSet::prefetch(uint64_t hash) const {
    hash = as_stored(hash);
    const Table& table = table_of(hash);
    if (!table.places.empty()) {
        __builtin_prefetch(&table.places[table.home_of(hash)], 1);
    }
}

void IdSet::shrink() {
    for (Table& table : tables_) {
        if (table.places.size() > 2 * (table.count + kPlacesMin)) {
            table.resize(table.count + table.count / 2 + kPlacesMin);
        }
    }
}

}  // namespace spantoll::window
