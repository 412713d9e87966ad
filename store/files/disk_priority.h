#pragma once

#include <cstdint>

namespace spantoll::store {

// As long as this object lives, the disk serves what its thread reads and writes before what other
// processes write: I/O class realtime (ioprio_set(2)). Otherwise an fsync queues behind everything
// that a busy neighbour has handed to the disk. Threads that are started meanwhile keep the class.
// Does nothing where the process is not allowed to (it takes CAP_SYS_NICE), and has no effect where
// the disk's scheduler does not know classes (mq-deadline and bfq do).
class FirstAtDisk {
  public:
    FirstAtDisk();
    ~FirstAtDisk();
    FirstAtDisk(const FirstAtDisk&) = delete;
    FirstAtDisk& operator=(const FirstAtDisk&) = delete;

    bool is_granted() const { return is_granted_; }

  private:
    int64_t before_;  // as ioprio_get(2) says it
    bool is_granted_;
};

}  // namespace spantoll::store
