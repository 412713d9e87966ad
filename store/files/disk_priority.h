#pragma once

#include <cstdint>

namespace spantoll::store {

// As long as it lives, the disk serves what its thread reads and writes before what other processes
// write: I/O class realtime (ioprio_set(2)). An fsync else waits behind all that a busy neighbour
// has handed to the disk. Threads that are started meanwhile keep the class. Nothing where the
// process may not (it takes CAP_SYS_NICE); without effect where the disk's scheduler knows no
// classes (mq-deadline and bfq do).
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
