#pragma once

#include <cstdint>

namespace spantoll::tools {

// From the system's source of randomness, so that nobody outside can aim at a hash table.
uint64_t random_seed();

}  // namespace spantoll::tools
