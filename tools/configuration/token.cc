#include "tools/configuration/token.h"

#include <algorithm>

namespace spantoll::tools {

bool is_token_text(std::string_view token) {
    return std::ranges::all_of(token, [](char c) { return c > ' ' && c <= '~'; });
}

}  // namespace spantoll::tools
