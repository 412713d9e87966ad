#include "tools/name_table.h"

#include <utility>

namespace spantoll::tools {

void NameTable::put(const TextHash& text, const NamedAccount& account) {
    if (4 * (size_ + 1) > 3 * places_.size()) {
        grow();
    }
    Place& place = places_[place_of(text)];
    size_ += place.account.index == window::kNoAccount ? 1 : 0;
    place = {text, account};
}

void NameTable::clear() {
    places_ = std::vector<Place>(kPlacesMin);
    size_ = 0;
}

void NameTable::grow() {
    const std::vector<Place> before =
        std::exchange(places_, std::vector<Place>(2 * places_.size()));
    for (const Place& place : before) {
        if (place.account.index != window::kNoAccount) {
            places_[place_of(place.text)] = place;
        }
    }
}

}  // namespace spantoll::tools
