#pragma once

#include <cstddef>

namespace spantoll::tools {

// An answer longer than this is refused.
inline constexpr size_t kClientAnswerBytesMax = 64u << 20;
// Status lines and headers of an answer, those of a "100 Continue" included.
inline constexpr size_t kClientHeaderBytesMax = 64u << 10;
// Errors, offsets and health are some hundred bytes; more than this is no answer of ours.
inline constexpr size_t kClientJsonBytesMax = 64u << 10;

}  // namespace spantoll::tools
