#pragma once

#include <string_view>

#include "schemas/int128.h"

namespace spantoll::ingest {

enum class WholeOutcome { kOk, kNotANumber, kNotWhole, kOutOfRange };

struct WholeNumber {
    WholeOutcome outcome = WholeOutcome::kNotANumber;
    Int128 value = 0;  // only set for kOk
};

// Reads a number in JSON's syntax (RFC 8259 section 6) that should be whole, whatever its notation:
// 12, 12.0, 1.2e1. It is computed exactly from the digits, never through a double. kOutOfRange: a
// whole number with more than 30 digits, which exceeds all of our integers.
WholeNumber parse_whole(std::string_view text);

}  // namespace spantoll::ingest
