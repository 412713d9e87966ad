#pragma once

#include <string>
#include <tl/expected.hpp>
#include <utility>

namespace spantoll {

// What kind of operating failure this is. The value is the exit code of the process that ends by
// it (docs/operations.md); the names are those of BSD's sysexits.
enum class ErrorKind {
    kUsage = 64,        // the command line
    kInput = 65,        // a file given on the command line cannot be cut into records
    kUnavailable = 69,  // broker or server cannot be reached
    kBug = 70,
    kDisk = 74,    // any write or read of the store or a file that fails
    kBusy = 75,    // another process has the data directory
    kConfig = 78,  // configuration, or a position that needs a person
};

// An operating failure: one line that says what, where, and what to do.
struct Error {
    ErrorKind kind = ErrorKind::kBug;
    std::string message;
};

template <typename T>
using Result = tl::expected<T, Error>;

inline tl::unexpected<Error> failure(ErrorKind kind, std::string message) {
    return tl::make_unexpected(Error{kind, std::move(message)});
}

}  // namespace spantoll
