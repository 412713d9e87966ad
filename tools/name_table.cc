#include "tools/name_table.h"

#include <utility>

#include "schemas/prefetch.h"

namespace spantoll::tools {
namespace {

constexpr size_t kPlacesMin = 16;

}  // namespace

void NameTable::prefetch(const TextHash& text) const {
    if (!places_.empty()) {
        prefetch_line(&places_[home_of(text)]);
    }
}

NamedAccount NameTable::find(const TextHash& text) const {
    return places_.empty() ? NamedAccount{} : places_[place_of(text)].account;
}

void NameTable::put(const TextHash& text, const NamedAccount& account) {
    if (4 * (size_ + 1) > 3 * places_.size()) {
        grow();
    }
    Place& place = places_[place_of(text)];
    size_ += place.account.index == window::kNoAccount ? 1 : 0;
    place = {text, account};
}

void NameTable::clear() {
    places_ = {};
    size_ = 0;
}

// Where the text is, or would be put.
size_t NameTable::place_of(const TextHash& text) const {
    size_t at = home_of(text);
    while (places_[at].account.index != window::kNoAccount && places_[at].text != text) {
        at = (at + 1) & (places_.size() - 1);
    }
    return at;
}

void NameTable::grow() {
    const size_t size = places_.empty() ? kPlacesMin : 2 * places_.size();
    const std::vector<Place> before = std::exchange(places_, std::vector<Place>(size));
    for (const Place& place : before) {
        if (place.account.index != window::kNoAccount) {
            places_[place_of(place.text)] = place;
        }
    }
}

}  // namespace spantoll::tools
