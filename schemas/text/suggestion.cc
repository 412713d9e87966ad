#include "schemas/text/suggestion.h"

#include <algorithm>
#include <numeric>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace spantoll {
namespace {

// Longer words are not compared: the distance costs their product.
constexpr size_t kComparedBytesMax = 64;

// Levenshtein: the fewest letters to insert, remove or replace. Two letters in the wrong order are
// one mistake, like one that is wrong, missing or too many.
size_t edit_distance(std::string_view a, std::string_view b) {
    std::vector<size_t> before(b.size() + 1);
    std::vector<size_t> above(b.size() + 1);
    std::vector<size_t> row(b.size() + 1);
    std::iota(row.begin(), row.end(), size_t{0});
    for (size_t i = 1; i <= a.size(); ++i) {
        before.swap(above);
        above.swap(row);
        row[0] = i;
        for (size_t j = 1; j <= b.size(); ++j) {
            const size_t replaced = above[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
            row[j] = std::min({above[j] + 1, row[j - 1] + 1, replaced});
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
                row[j] = std::min(row[j], before[j - 2] + 1);
            }
        }
    }
    return row.back();
}

}  // namespace

std::string suggestion(std::string_view word, const std::vector<std::string_view>& known) {
    const std::string_view* nearest = nullptr;
    size_t nearest_distance = 1 + std::max<size_t>(1, word.size() / 3);
    for (const std::string_view& candidate : known) {
        const size_t distance =
            word.size() > kComparedBytesMax ? kComparedBytesMax : edit_distance(word, candidate);
        if (distance < nearest_distance) {
            nearest = &candidate;
            nearest_distance = distance;
        }
    }
    return nearest != nullptr ? fmt::format("did you mean \"{}\"?", *nearest)
                              : fmt::format("known are {}", fmt::join(known, ", "));
}

}  // namespace spantoll
