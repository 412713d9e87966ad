#include "tools/process/random_seed.h"

#include <random>

namespace spantoll::tools {

uint64_t random_seed() {
    std::random_device device;
    return uint64_t{device()} << 32U | device();
}

}  // namespace spantoll::tools
