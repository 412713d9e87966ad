#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>

#include "schemas/event_time.h"
#include "schemas/int128.h"

namespace spantoll::window {

// What a charge adds to a tally. All sums of a tally fit: a charge is far smaller than what they
// hold, and a tally ends with the next commit of its account's rows, if not with its pane.
struct TallyCharge {
    static constexpr int64_t kNoPane = kUnset + 1;
    static constexpr int64_t kCostMax = std::numeric_limits<int64_t>::max() / 4;

    int64_t pane = kNoPane;     // kNoPane: no tally takes it
    int64_t cost = 0;           // pico-USD, at most kCostMax
    uint64_t egress_bytes = 0;  // below 2^32, as ingress_bytes
    uint64_t ingress_bytes = 0;
    uint32_t requests = 0;
    uint32_t errors = 0;
    uint16_t offset_ms = 0;  // within the pane
};

// What a tally took in, within one pane.
struct Taken {
    int64_t cost = 0;  // pico-USD
    uint64_t egress_bytes = 0;
    uint64_t ingress_bytes = 0;
    uint32_t requests = 0;
    uint32_t errors = 0;
    uint16_t first_ms = std::numeric_limits<uint16_t>::max();  // within the pane; above last_ms
    uint16_t last_ms = 0;                                      // while it is empty

    void add(const TallyCharge& charge) {
        cost += charge.cost;
        egress_bytes += charge.egress_bytes;
        ingress_bytes += charge.ingress_bytes;
        requests += charge.requests;
        errors += charge.errors;
        first_ms = std::min(first_ms, charge.offset_ms);
        last_ms = std::max(last_ms, charge.offset_ms);
    }
    bool is_empty() const { return first_ms > last_ms; }
};

// Index of a ParkedTally.
using ParkedIndex = uint32_t;
inline constexpr ParkedIndex kNoParked = (1U << 29) - 1;

// What a charge needs of an account at first, in one cache line. Nearly every charge is one more to
// the highest open pane that the account was charged in, and leaves it below the first step of each
// of its limits: the tally takes it in, and nothing else is touched. A charge to a higher pane has
// it parked: put aside whole for the closing of its pane. The account's numbers lack what it took
// in and what of it is parked until it ends.
struct alignas(64) Tally {
    [[no_unique_address]] Taken taken;
    ParkedIndex parked : 29 = kNoParked;  // the last one, as far as its pane is not closed
    bool is_journaled : 1 = false;        // its charges go to the journal as well
    bool has_parents : 1 = false;         // the account has some, see AccountNotes
    bool is_whole : 1 = false;            // it has all that the account was charged in its pane
    uint64_t id = 0;             // of the account, unique over the store's life; 0 = a free place
    int64_t open_pane = kUnset;  // the highest open pane that was charged; see OpenPane
    int64_t room = 0;            // cost stays below; 0: it takes in nothing; at most kRoomMax

    static constexpr int64_t kRoomMax = 2 * TallyCharge::kCostMax;

    // Whether it may take in the charge.
    bool takes(const TallyCharge& charge) const {
        return open_pane == charge.pane && taken.cost + charge.cost < room;
    }
    // Whether it may once it is parked. The account moves on with charges of money alone, as it
    // does where nothing is tallied.
    bool takes_parked(const TallyCharge& charge) const {
        return is_whole && open_pane < charge.pane && charge.cost > 0 &&
               taken.cost + charge.cost < room;
    }
    bool is_taking() const { return room > 0; }
    // Whether a charge in this pane is likely to touch the tally alone.
    bool expects(int64_t pane) const {
        return is_taking() && (open_pane == pane || (is_whole && open_pane < pane));
    }
    // From here on: what may be spent before somebody must look.
    void begin(Int128 to_spend, bool to_journal) {
        room = static_cast<int64_t>(std::min(to_spend, Int128{kRoomMax}));
        is_journaled = to_journal;
    }
    // Takes in nothing from here on, and has nothing.
    void end() {
        taken = {};
        parked = kNoParked;
        is_journaled = false;
        is_whole = false;
        room = 0;
    }
};
static_assert(sizeof(Tally) == 64);

// A tally of a pane below its account's open pane, until that pane closes or somebody must know.
struct alignas(64) ParkedTally {
    [[no_unique_address]] Taken taken;
    uint32_t account = 0;  // AccountIndex; kNoAccount: it is in the account's numbers, or nobody's
    int64_t pane = 0;
    ParkedIndex before = kNoParked;  // the account's last one when this one was parked
};
static_assert(sizeof(ParkedTally) == 64);

}  // namespace spantoll::window
