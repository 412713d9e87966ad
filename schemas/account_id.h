#pragma once

#include <compare>
#include <cstdint>

namespace spantoll {

// Tells an account from every other one that the store ever had, whatever their names. Ids are
// given out in ascending order from 1, and none is used twice.
struct AccountId {
    uint64_t number = 0;

    constexpr AccountId() = default;  // nobody's
    constexpr explicit AccountId(uint64_t id) : number(id) {}
    constexpr auto operator<=>(const AccountId&) const = default;

    constexpr bool is_none() const { return number == 0; }
    // The one that is given out after this one.
    constexpr AccountId next() const { return AccountId(number + 1); }
};

}  // namespace spantoll
