#include "tools/process/standard_output.h"

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fmt/format.h>

#include "schemas/error.h"

namespace spantoll::tools {
namespace {

constexpr int kReaderGone = 128 + SIGPIPE;
constexpr int kErrorsFrom = static_cast<int>(ErrorKind::kUsage);  // below: answers of a command

// What stands for a standard stream that the caller had closed.
constexpr const char* kHeldWith = "/dev";

// Why the first write failed, 0 = none did. stdio keeps that one failed, not why, and standard
// output is one for the process.
// NOLINTNEXTLINE(cppcoreguidelines-avoid-non-const-global-variables)
int first_failure = 0;

void note_failure() {
    if (first_failure == 0) {
        first_failure = errno == 0 ? EIO : errno;
    }
}

std::string_view reason() {
    return first_failure == EBADF ? "it is closed" : std::strerror(first_failure);
}

}  // namespace

void write_output(std::string_view text) {
    if (first_failure == 0 && std::fwrite(text.data(), 1, text.size(), stdout) != text.size()) {
        note_failure();
    }
}

void write_error(std::string_view text) {
    // fmt::print() would throw.
    [[maybe_unused]] const size_t written = std::fwrite(text.data(), 1, text.size(), stderr);
    std::fflush(stderr);
}

bool is_output_broken() {
    return first_failure != 0;
}

int finish_output(int code) {
    if (std::fflush(stdout) != 0 || std::ferror(stdout) != 0) {
        note_failure();
    }
    if (first_failure == 0 || code >= kErrorsFrom) {
        return code;
    }
    if (first_failure == EPIPE) {
        return kReaderGone;
    }
    write_error(fmt::format(
        "spantoll: cannot write to standard output: {}; what was printed is not whole\n",
        reason()));
    return static_cast<int>(ErrorKind::kDisk);
}

void hold_standard_streams() {
    for (const int descriptor : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
        if (fcntl(descriptor, F_GETFD) >= 0) {
            continue;
        }
        // open() gives the lowest number that is free. Of a directory no byte can be read or
        // written, by this number or by a name of it (/dev/stdout), as on the closed descriptor.
        constexpr int kFlags = O_RDONLY | O_DIRECTORY;
        [[maybe_unused]] const int opened = open(kHeldWith, kFlags);  // NOLINT(*-vararg)
    }
}

std::string opening_error(const std::string& path, int error) {
    struct stat file {};
    struct stat held {};
    const bool is_held = error == EISDIR && stat(path.c_str(), &file) == 0 &&
                         stat(kHeldWith, &held) == 0 && file.st_ino == held.st_ino &&
                         file.st_dev == held.st_dev;
    return is_held ? "it is closed" : std::strerror(error);
}

}  // namespace spantoll::tools
