#pragma once

#include <cstdint>

#include "schemas/account_id.h"
#include "window/buffered_charge.h"

namespace spantoll::window {

// Index of a sum that the pane buffer has deferred.
using DeferredIndex = uint32_t;
inline constexpr DeferredIndex kNoDeferred = (1U << 26) - 1;

// What nearly every charge needs of an account, in one cache line: who it is, its open pane, and
// what the pane buffer has summed up for it in that pane.
struct alignas(64) AccountHead {
    // ---- PaneBuffer's
    [[no_unique_address]] BufferedSum sum;
    DeferredIndex deferred : 26 = kNoDeferred;  // the last one, as far as its pane is not closed
    bool is_journaled : 1 = false;  // its charges go to the journal too; also RowSchedule's
    bool is_whole : 1 = false;      // sum is all that the account was charged in its pane
    bool has_usage : 1 = false;     // BufferedUsage has some of it
    bool bounds_usage : 1 = false;  // what BufferedUsage has left bounds it as well
    // ---- AccountRegistry's
    bool has_parents : 1 = false;  // see AccountNotes
    AccountId id;                  // none: the slot is free
    // ---- RollingWindows'
    int64_t open_pane = kUnset;  // the highest open pane that was charged; see OpenPane
    // ---- PaneBuffer's
    int64_t room = 0;  // sum.cost stays below; 0: nothing is buffered; at most kRoomMax

    static constexpr int64_t kRoomMax = 2 * BufferedCharge::kCostMax;

    bool is_buffered() const { return room > 0; }
    // Whether the cost leaves room.
    bool has_room_for(const BufferedCharge& charge) const { return sum.cost + charge.cost < room; }
    // Whether the account may go on to the charge's pane with its sum deferred. Without a cost it
    // stays where it is, as it does where nothing is buffered.
    bool may_defer_for(const BufferedCharge& charge) const {
        return is_whole && open_pane < charge.pane && charge.cost > 0;
    }
    // Whether a charge in this pane is likely to touch the buffer alone.
    bool expects(int64_t pane) const {
        return is_buffered() && (open_pane == pane || (is_whole && open_pane < pane));
    }
    // Nothing is buffered from here on.
    void end() {
        sum = {};
        deferred = kNoDeferred;
        is_journaled = false;
        is_whole = false;
        has_usage = false;
        bounds_usage = false;
        room = 0;
    }
};
static_assert(sizeof(AccountHead) == 64);

}  // namespace spantoll::window
