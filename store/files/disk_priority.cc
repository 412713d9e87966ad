#include "store/files/disk_priority.h"

#include <sys/syscall.h>
#include <unistd.h>

namespace spantoll::store {
namespace {

// ioprio_set(2); glibc has no function for it, and <linux/ioprio.h> is not C++.
constexpr int kWhoProcess = 1;
constexpr int kThisThread = 0;
constexpr int kClassRealtime = 1;
constexpr int kClassShift = 13;
constexpr int kLevel = 4;  // the middle one of eight

bool set_priority(int64_t priority) {
    return syscall(SYS_ioprio_set, kWhoProcess, kThisThread, priority) == 0;
}

}  // namespace

FirstAtDisk::FirstAtDisk()
    : before_(syscall(SYS_ioprio_get, kWhoProcess, kThisThread)),
      is_granted_(before_ >= 0 && set_priority((kClassRealtime << kClassShift) | kLevel)) {}

FirstAtDisk::~FirstAtDisk() {
    if (is_granted_) {
        set_priority(before_);
    }
}

}  // namespace spantoll::store
