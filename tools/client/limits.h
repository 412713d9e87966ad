#pragma once

#include <cstddef>

namespace spantoll::tools {

// An answer longer than this is refused.
inline constexpr size_t kClientAnswerBytesMax = 64u << 20;
// The status lines and headers of an answer, including those of a "100 Continue".
inline constexpr size_t kClientHeaderBytesMax = 64u << 10;
// Errors, offsets and health take some hundred bytes; a processor never answers with more than
// this.
inline constexpr size_t kClientJsonBytesMax = 64u << 10;

}  // namespace spantoll::tools
