#include "tools/engine/name_table.h"

namespace spantoll::tools {

void NameTable::put(const TextHash& text, const NamedAccount& account) {
    if (size_ == lines_.size()) {
        grow();
    }
    Place& place = place_of(text);
    size_ += place.account.index == window::kNoAccount ? 1 : 0;
    place = {text, account};
}

void NameTable::clear() {
    lines_ = Lines(kLinesMin);
    last_line_ = lines_.size() - 1;
    size_ = 0;
}

void NameTable::grow() {
    const Lines before = std::exchange(lines_, Lines(2 * lines_.size()));
    last_line_ = lines_.size() - 1;
    for (const Line& line : before) {
        for (const Place& place : line.places) {
            if (place.account.index != window::kNoAccount) {
                place_of(place.text) = place;
            }
        }
    }
}

}  // namespace spantoll::tools
