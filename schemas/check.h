#pragma once

#include <string_view>

namespace spantoll {

// Prints "file:line: condition: why" to standard error and aborts. Never returns.
[[noreturn]] void check_failed(const char* file,
                               int line,
                               const char* condition,
                               std::string_view why);

}  // namespace spantoll

// For bugs only, always on: what the program itself must guarantee. Bad input, a broken disk or a
// broker that is away are never a CHECK.
#define CHECK(condition, why)                                              \
    do {                                                                   \
        if (!(condition)) [[unlikely]] {                                   \
            ::spantoll::check_failed(__FILE__, __LINE__, #condition, why); \
        }                                                                  \
    } while (false)
