#pragma once

namespace spantoll {

// Fetches the cache line of an address, to be written, while the program goes on.
//
// A function that does nothing but __builtin_prefetch counts as one without effects for GCC 12,
// which then leaves out the calls of it; the empty statement is an effect.
inline void prefetch_line(const void* address) {
    __builtin_prefetch(address, 1);
    asm volatile("");
}

}  // namespace spantoll
