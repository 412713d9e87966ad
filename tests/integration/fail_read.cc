// Preloaded into a program: reads of files below FAIL_READ_UNDER are counted, and the one whose
// number FAIL_READ_AT says fails with EIO; with FAIL_READ_FOR_GOOD every later one fails as well.
// So many were counted: the file FAIL_READ_COUNT, as one int64.
#include <atomic>
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <dlfcn.h>
#include <fcntl.h>
#include <string>
#include <sys/mman.h>
#include <sys/types.h>
#include <unistd.h>

namespace {

std::atomic<int64_t> reads{0};
volatile int64_t* counted = nullptr;

const char* setting(const char* name) {
    return std::getenv(name);
}

bool is_below(int descriptor) {
    static const char* const under = setting("FAIL_READ_UNDER");
    if (under == nullptr) {
        return false;
    }
    char path[4096];
    const std::string link = "/proc/self/fd/" + std::to_string(descriptor);
    const ssize_t size = ::readlink(link.c_str(), path, sizeof path);
    const size_t length = std::strlen(under);
    return size > static_cast<ssize_t>(length) && std::memcmp(path, under, length) == 0;
}

bool fails(int descriptor) {
    static const long at = setting("FAIL_READ_AT") ? std::atol(setting("FAIL_READ_AT")) : 0;
    static const bool for_good = setting("FAIL_READ_FOR_GOOD") != nullptr;
    if (!is_below(descriptor)) {
        return false;
    }
    const int64_t number = ++reads;
    if (counted != nullptr) {
        *counted = number;
    }
    return at > 0 && (number == at || (for_good && number > at));
}

template <typename Function>
Function* next(const char* name) {
    return reinterpret_cast<Function*>(::dlsym(RTLD_NEXT, name));
}

// Written down read by read: a program may end without running destructors.
__attribute__((constructor)) void map_count() {
    const char* path = setting("FAIL_READ_COUNT");
    const int file = path == nullptr ? -1 : ::open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (file >= 0 && ::ftruncate(file, sizeof(int64_t)) == 0) {
        void* map = ::mmap(nullptr, sizeof(int64_t), PROT_WRITE, MAP_SHARED, file, 0);
        counted = map == MAP_FAILED ? nullptr : static_cast<volatile int64_t*>(map);
    }
}

}  // namespace

extern "C" ssize_t pread64(int descriptor, void* to, size_t size, off64_t offset) {
    static auto* const real = next<ssize_t(int, void*, size_t, off64_t)>("pread64");
    if (fails(descriptor)) {
        errno = EIO;
        return -1;
    }
    return real(descriptor, to, size, offset);
}

extern "C" ssize_t pread(int descriptor, void* to, size_t size, off_t offset) {
    return pread64(descriptor, to, size, offset);
}

extern "C" ssize_t read(int descriptor, void* to, size_t size) {
    static auto* const real = next<ssize_t(int, void*, size_t)>("read");
    if (fails(descriptor)) {
        errno = EIO;
        return -1;
    }
    return real(descriptor, to, size);
}

extern "C" size_t fread_unlocked(void* to, size_t size, size_t count, std::FILE* file) {
    static auto* const real = next<size_t(void*, size_t, size_t, std::FILE*)>("fread_unlocked");
    if (fails(::fileno(file))) {
        errno = EIO;
        file->_flags |= 0x20;  // what ferror() looks at in glibc
        return 0;
    }
    return real(to, size, count, file);
}
