#pragma once

#include <absl/container/flat_hash_set.h>
#include <cstdint>
#include <map>
#include <vector>

namespace spantoll::window {

// Which identities were accepted, as keyed 64-bit hashes, until their pane of expiry closes.
// Invariants:
//  1. A hash is in seen_ exactly when it is in one vector of by_expiry_.
//  2. At most ids_max hashes: before one more the oldest panes of expiry are forgotten, whole.
// A collision of two of n remembered ids has probability n^2 / 2^65: 1e-5 at 20 million.
class Dedup {
  public:
    explicit Dedup(uint64_t ids_max);

    bool is_remembered(uint64_t hash) const { return seen_.contains(hash); }
    // Brings into the cache what is_remembered() will look at.
    void prefetch(uint64_t hash) const { seen_.prefetch(hash); }

    // Remembers a hash that is not remembered.
    void remember(uint64_t hash, int64_t expiry_pane);

    // Forgets every hash whose pane of expiry is below `first_open_pane`.
    void close_below(int64_t first_open_pane);

    uint64_t size() const { return seen_.size(); }
    // Panes of expiry that were forgotten, whole, since the last call. One may have been begun
    // again after it: what take_added() gives of it then is newer.
    std::vector<int64_t> take_forgotten();
    // Oldest pane of expiry that is remembered; kUnset when empty.
    int64_t oldest_pane() const;

    // What was remembered since the last call, by pane of expiry; called once a commit.
    std::map<int64_t, std::vector<uint64_t>> take_added();

  private:
    void forget_oldest();

    const uint64_t ids_max_;
    absl::flat_hash_set<uint64_t> seen_;
    std::map<int64_t, std::vector<uint64_t>> by_expiry_;
    std::map<int64_t, size_t> added_from_;  // pane of expiry -> index of its first new hash
    std::vector<int64_t> forgotten_;
};

}  // namespace spantoll::window
