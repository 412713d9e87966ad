#pragma once

#include <cstddef>

namespace spantoll {

inline constexpr size_t kCacheLineBytes = 64;

// Fetches the cache line of an address, to be written, while the program goes on.
//
// A function that does nothing but __builtin_prefetch counts as one without effects for GCC 12,
// which then leaves out the calls of it; the empty statement is an effect.
inline void prefetch_line(const void* address) {
    __builtin_prefetch(address, 1);
    asm volatile("");
}

// The same, to be read alone.
inline void prefetch_line_to_read(const void* address) {
    __builtin_prefetch(address, 0);
    asm volatile("");
}

}  // namespace spantoll
