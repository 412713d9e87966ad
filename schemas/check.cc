#include "schemas/check.h"

#include <cstdio>
#include <cstdlib>

namespace spantoll {

void check_failed(const char* file, int line, const char* condition, std::string_view why) {
    std::fprintf(stderr,
                 "spantoll: bug at %s:%d: %s does not hold: %.*s\n",
                 file,
                 line,
                 condition,
                 static_cast<int>(why.size()),
                 why.data());
    std::fflush(stderr);
    std::abort();
}

}  // namespace spantoll
