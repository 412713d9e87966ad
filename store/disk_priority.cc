#include "store/disk_priority.h"

#include <sys/syscall.h>
#include <unistd.h>

namespace spantoll::store {

bool put_disk_work_of_this_thread_first() {
    // ioprio_set(2); glibc has no function for it, and <linux/ioprio.h> is not C++.
    constexpr int kWhoProcess = 1;
    constexpr int kThisThread = 0;
    constexpr int kClassRealtime = 1;
    constexpr int kClassShift = 13;
    constexpr int kLevel = 4;  // the middle one of eight
    return syscall(SYS_ioprio_set,
                   kWhoProcess,
                   kThisThread,
                   (kClassRealtime << kClassShift) | kLevel) == 0;
}

}  // namespace spantoll::store
