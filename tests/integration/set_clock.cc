// Preloaded into a program: its wall clock is ahead by as many seconds as the file that
// SET_CLOCK_FILE names says, as one int64 that a test changes at any time. Other clocks stay.
// libfaketime cannot: it asks for memory before jemalloc may give any.
#include <cstdint>
#include <cstdlib>
#include <ctime>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace {

const volatile int64_t* ahead_s = nullptr;

__attribute__((constructor)) void map_file() {
    const char* path = std::getenv("SET_CLOCK_FILE");
    const int file = path == nullptr ? -1 : ::open(path, O_RDONLY | O_CLOEXEC);
    if (file >= 0) {
        void* map = ::mmap(nullptr, sizeof(int64_t), PROT_READ, MAP_SHARED, file, 0);
        ahead_s = map == MAP_FAILED ? nullptr : static_cast<const volatile int64_t*>(map);
        ::close(file);
    }
}

}  // namespace

extern "C" int clock_gettime(clockid_t clock, timespec* time) noexcept {
    const auto code = static_cast<int>(::syscall(SYS_clock_gettime, clock, time));
    if (code == 0 && clock == CLOCK_REALTIME && ahead_s != nullptr) {
        time->tv_sec += *ahead_s;
    }
    return code;
}
