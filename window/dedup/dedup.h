#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <vector>

#include "schemas/event_time.h"
#include "window/dedup/id_set.h"

namespace spantoll::window {

// Which identities were accepted, as keyed 64-bit hashes, until their pane of expiry closes. Only
// the hashes are in memory. With which pane one expires is in the store: the caller reads it from
// there when the pane is to be forgotten.
//
//     if (dedup.admit(hash)) { while (dedup.is_over()) { forget the oldest pane }
//                              dedup.remember(hash, pane); }
//     closing: while (dedup.oldest_pane() < C)  { forget the oldest pane }
//     forget the oldest pane: dedup.erase(hashes of its rows), where is_stored(pane), in chunks;
//                             dedup.forget(pane);
//
// A collision of two of n remembered ids has probability n^2 / 2^65: 1e-5 at 20 million.
class Dedup {
  public:
    explicit Dedup(uint64_t ids_max);

    bool is_remembered(uint64_t hash) const { return ids_.contains(hash); }
    // Brings into the cache what admit() will look at: first the one, some time later the other.
    void prefetch(uint64_t hash) const { ids_.prefetch(hash); }
    void prefetch_next(uint64_t hash) const { ids_.prefetch_next(hash); }
    // Remembers a hash; remember() must then say when it expires. False where it is remembered
    // already.
    bool admit(uint64_t hash) { return ids_.insert(hash); }
    // Too many are remembered, with the one just admitted, and there is a pane of expiry to forget,
    // whole.
    bool is_over() const { return ids_.size() > ids_max_ && !panes_.empty(); }
    uint64_t size() const { return ids_.size(); }

    // When a hash that was admitted expires.
    void remember(uint64_t hash, Pane expiry_pane);
    // What the store has, at a start.
    void restore(Pane expiry_pane, std::span<const uint64_t> hashes);

    // Oldest pane of expiry that is remembered; unset when empty.
    Pane oldest_pane() const;
    // Whether the store has rows of it. Not those of a pane that was forgotten and begun again
    // since the last commit: they are gone with it.
    bool is_stored(Pane expiry_pane) const;
    void erase(std::span<const uint64_t> hashes);
    // The rest of a pane: what is not in the store yet.
    void forget(Pane expiry_pane);

    // Panes of expiry that were forgotten, whole, since the last call. One of them may have begun
    // again since: what take_added() gives of it is newer than this.
    std::vector<Pane> take_forgotten();
    // What was remembered since the last call, by pane of expiry; called once a commit, after which
    // the store has it.
    std::map<Pane, std::vector<uint64_t>> take_added();

  private:
    struct Identities {
        bool is_stored = false;
        std::vector<uint64_t> added;  // since the last commit
    };

    const uint64_t ids_max_;
    IdSet ids_;
    std::map<Pane, Identities> panes_;  // by expiry; those with ids that may be remembered
    std::map<Pane, Identities>::iterator last_ = panes_.end();  // of the last one remembered
    std::vector<Pane> forgotten_;
};

}  // namespace spantoll::window
