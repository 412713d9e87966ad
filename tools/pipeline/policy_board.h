#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <utility>

#include "schemas/control/key_table.h"
#include "schemas/settings.h"

namespace spantoll::tools {

// The policy that the engine follows, for those who answer beside it. Set by the engine's thread
// when a command has changed it; any thread reads.
class PolicyBoard {
  public:
    struct Policy {
        Settings settings;
        uint64_t number = 0;                   // of the command that brought it; 0 = none is known
        std::shared_ptr<const KeyTable> keys;  // those of commands as well
    };

    void set(Settings settings, uint64_t number, std::shared_ptr<const KeyTable> keys) {
        auto policy =
            std::make_shared<const Policy>(Policy{std::move(settings), number, std::move(keys)});
        const std::lock_guard lock(mutex_);
        policy_ = std::move(policy);
    }
    // Never null once it was set.
    std::shared_ptr<const Policy> get() const {
        const std::lock_guard lock(mutex_);
        return policy_;
    }

  private:
    mutable std::mutex mutex_;
    std::shared_ptr<const Policy> policy_;
};

}  // namespace spantoll::tools
