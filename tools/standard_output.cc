#include "tools/standard_output.h"

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <fcntl.h>
#include <unistd.h>

#include <fmt/format.h>

#include "schemas/error.h"

namespace spantoll::tools {
namespace {

constexpr int kReaderGone = 128 + SIGPIPE;
constexpr int kErrorsFrom = static_cast<int>(ErrorKind::kUsage);  // below: answers of a command

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
        // open() gives the lowest number that is free. Opened the wrong way round, so that using it
        // fails as it would have on the closed descriptor.
        const int flags = descriptor == STDIN_FILENO ? O_WRONLY : O_RDONLY;
        [[maybe_unused]] const int opened = open("/dev/null", flags);  // NOLINT(*-vararg)
    }
}

}  // namespace spantoll::tools
