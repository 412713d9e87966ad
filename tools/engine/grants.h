#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "schemas/control/grant.h"
#include "schemas/limit.h"

namespace spantoll::tools {

// Whether a grant ends as the limits of `was` give way to those of `is`: its limit is gone, or
// begins anew because it counts something else.
bool ends_with_its_limit(const Grant& grant,
                         const std::vector<Limit>& was,
                         const std::vector<Limit>& is);

// The grants that act, with what they add to each limit of each account, and their rows that
// changed since the last commit. Pure values; the engine applies what it says to plans and levels.
class Grants {
  public:
    // A limit's name and an account, or kEveryAccount.
    using Target = std::pair<std::string, std::string>;

    // One that the store has.
    void restore(Grant grant);
    void add(const Grant& grant);
    // Empty where there is none of that number.
    std::optional<Grant> remove(uint64_t number);
    // Removes those that end at or before a time.
    std::vector<Grant> remove_ended(int64_t time_ms);
    // Of the one that ends first; empty where none ends.
    std::optional<int64_t> next_end_ms() const;

    // The sum of their amounts.
    Int128 added_to(const Target& target) const;
    const std::map<uint64_t, Grant>& all() const { return all_; }

    std::vector<Grant> take_added() { return std::exchange(added_, {}); }
    std::vector<Grant> take_removed() { return std::exchange(removed_, {}); }

  private:
    std::map<uint64_t, Grant> all_;                // by number
    std::set<std::pair<int64_t, uint64_t>> ends_;  // time and number
    std::map<Target, Int128> sums_;
    std::vector<Grant> added_;
    std::vector<Grant> removed_;
};

}  // namespace spantoll::tools
