#pragma once

#include <chrono>

#include "schemas/clock.h"

namespace spantoll::tools {

class SystemClock final : public Clock {
  public:
    WallTime now() override {
        using std::chrono::duration_cast;
        using std::chrono::milliseconds;
        const auto since_epoch = std::chrono::system_clock::now().time_since_epoch();
        return WallTime{duration_cast<milliseconds>(since_epoch).count()};
    }
};

}  // namespace spantoll::tools
