#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <limits>

#include "schemas/event_time.h"
#include "schemas/int128.h"
#include "window/charge.h"
#include "window/charge_effect.h"

namespace spantoll::window {

// Distinct usage meters that the pane buffer sums up for an account. Calls of language models have
// input, output, cache reads, cache writes and perhaps one more; five fit a cache line.
inline constexpr size_t kBufferedMetersMax = 5;

// A charge as the pane buffer takes it. The buffer's sums cannot overflow: a charge is far smaller
// than what fits into them, and an account's sums are given up with its pane, or with the next
// commit of its rows if that comes first.
struct BufferedCharge {
    static constexpr int64_t kNoPane = kUnset + 1;
    static constexpr int64_t kCostMax = std::numeric_limits<int64_t>::max() / 4;

    int64_t pane = kNoPane;     // kNoPane: the buffer does not take it
    int64_t cost = 0;           // pico-USD, at most kCostMax
    uint64_t egress_bytes = 0;  // below 2^32, as ingress_bytes and quantities
    uint64_t ingress_bytes = 0;
    uint32_t requests = 0;
    uint32_t errors = 0;
    uint16_t offset_ms = 0;  // within the pane
    uint16_t meter_count = 0;
    std::array<uint16_t, kBufferedMetersMax> meters{};  // MeterId + 1
    std::array<uint64_t, kBufferedMetersMax> quantities{};
    int64_t tokens = 0;
};

// What a charge is to the buffer; `first_open` is C.
BufferedCharge buffered_charge_of(const Charge& charge,
                                  int64_t first_open,
                                  const MeterTable& meters);

// What the buffer has summed up for an account within one pane, apart from its usage.
struct BufferedSum {
    int64_t cost = 0;  // pico-USD
    uint64_t egress_bytes = 0;
    uint64_t ingress_bytes = 0;
    uint32_t requests = 0;
    uint32_t errors = 0;
    uint16_t first_ms = std::numeric_limits<uint16_t>::max();  // within the pane; above last_ms
    uint16_t last_ms = 0;                                      // while it is empty

    void add(const BufferedCharge& charge) {
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

// A second cache line of an account, beside its head. It is needed where spans have usage, or where
// limits count tokens or requests. All zero while it is not used.
struct alignas(64) BufferedUsage {
    std::array<uint64_t, kBufferedMetersMax> quantities{};
    // As AccountHead::room, where AccountHead::bounds_usage; the most there is where no limit
    // counts them.
    int64_t tokens_left = 0;
    uint32_t requests_left = 0;
    std::array<uint16_t, kBufferedMetersMax> meters{};  // MeterId + 1; 0: free

    bool has_room_for(const BufferedCharge& charge) const {
        return charge.tokens < tokens_left && charge.requests < requests_left;
    }
    // Adds the quantities; false, and nothing is added, where there is no space for a meter.
    //
    // One by one, as they were written a moment ago: a load of several stores at once waits until
    // all stores before them are in the cache.
    bool add(const BufferedCharge& charge) {
        bool is_alike = true;
        for (size_t i = 0; i < charge.meter_count; ++i) {
            is_alike &= meters[i] == charge.meters[i];
        }
        if (!is_alike) {
            return add_by_meter(charge);
        }
        for (size_t i = 0; i < charge.meter_count; ++i) {
            quantities[i] += charge.quantities[i];
        }
        return true;
    }
    void forget_quantities() {
        quantities = {};
        meters = {};
    }

  private:
    // The slot of a meter, or of the first free one; kBufferedMetersMax where there is none.
    size_t slot_of(uint16_t meter) const {
        size_t at = 0;
        while (at < meters.size() && meters[at] != meter && meters[at] != 0) {
            ++at;
        }
        return at;
    }
    bool add_by_meter(const BufferedCharge& charge);
};
static_assert(sizeof(BufferedUsage) == 64);

// As a sum of charges to its pane. `usage` may be nullptr.
void to_charge_sum(const BufferedSum& sum,
                   const BufferedUsage* usage,
                   int64_t pane,
                   ChargeSum& out);

}  // namespace spantoll::window
