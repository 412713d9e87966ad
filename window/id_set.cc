#include "window/id_set.h"

#include <algorithm>
#include <utility>

#include "schemas/int128.h"
#include "schemas/prefetch.h"

namespace spantoll::window {
namespace {

constexpr uint64_t kEmpty = 0;
constexpr size_t kHomesMin = 64;
// Places after the last home. Of hashes that are well mixed one in millions of tables needs more.
constexpr size_t kTail = 32;

uint64_t as_stored(uint64_t hash) {
    return hash == kEmpty ? 1 : hash;
}

// At most four fifths full.
bool is_room_for(size_t count, size_t homes) {
    return 5 * count <= 4 * homes;
}

}  // namespace

size_t IdSet::Table::home_of(uint64_t hash) const {
    return static_cast<size_t>(Uint128{hash << kTableBits} * homes >> 64);
}

size_t IdSet::Table::place_of(uint64_t hash) const {
    size_t place = home_of(hash);
    while (places[place] != kEmpty && places[place] < hash) {
        ++place;
    }
    return place;
}

void IdSet::Table::resize(size_t size) {
    const std::vector<uint64_t> before =
        std::exchange(places, std::vector<uint64_t>(size + kTail, kEmpty));
    homes = size;
    size_t next = 0;
    for (const uint64_t hash : before) {
        // An empty place, whose home is 0, leaves `next` as it is.
        const size_t place = std::max(next, home_of(hash));
        if (place + 1 == places.size()) {
            add_tail();
        }
        places[place] = hash;
        next = place + (hash != kEmpty ? 1 : 0);
    }
}

void IdSet::Table::add_tail() {
    places.reserve(places.size() + kTail);  // a vector that grows by itself doubles
    places.resize(places.size() + kTail, kEmpty);
}

bool IdSet::contains(uint64_t hash) const {
    hash = as_stored(hash);
    const Table& table = table_of(hash);
    return table.homes != 0 && table.places[table.place_of(hash)] == hash;
}

void IdSet::insert(uint64_t hash) {
    hash = as_stored(hash);
    Table& table = table_of(hash);
    if (!is_room_for(table.count + 1, table.homes)) {
        // The first sizes differ by up to a quarter, so that the tables do not all grow at once.
        const auto number = static_cast<size_t>(&table - tables_.data());
        table.resize(table.homes == 0 ? kHomesMin + number * kHomesMin / 4 / tables_.size()
                                      : table.homes + table.homes / 4);
    }
    size_t place = table.place_of(hash);
    if (table.places[place] == hash) {
        return;
    }
    for (uint64_t pushed = hash; pushed != kEmpty; ++place) {
        std::swap(pushed, table.places[place]);
    }
    if (table.places.back() != kEmpty) {
        table.add_tail();
    }
    ++table.count;
    ++size_;
}

void IdSet::erase(uint64_t hash) {
    hash = as_stored(hash);
    Table& table = table_of(hash);
    if (table.homes == 0) {
        return;
    }
    size_t gap = table.place_of(hash);
    if (table.places[gap] != hash) {
        return;
    }
    // Whoever was pushed past its home moves up.
    for (; table.places[gap + 1] != kEmpty && table.home_of(table.places[gap + 1]) <= gap; ++gap) {
        table.places[gap] = table.places[gap + 1];
    }
    table.places[gap] = kEmpty;
    --table.count;
    --size_;
}

void IdSet::prefetch(uint64_t hash) const {
    hash = as_stored(hash);
    const Table& table = table_of(hash);
    if (table.homes != 0) {
        prefetch_line(&table.places[table.home_of(hash)]);
    }
}

void IdSet::shrink() {
    for (Table& table : tables_) {
        if (table.homes > 2 * (table.count + kHomesMin)) {
            table.resize(table.count + table.count / 2 + kHomesMin);
        }
    }
}

}  // namespace spantoll::window
