#pragma once

#include <string_view>

#include "schemas/int128.h"

namespace spantoll::ingest {

enum class WholeOutcome { kOk, kNotANumber, kNotWhole, kOutOfRange };

struct WholeNumber {
    WholeOutcome outcome = WholeOutcome::kNotANumber;
    Int128 value = 0;  // meaningful for kOk alone
};

// Reads a number in JSON's syntax (RFC 8259 section 6) that is to be whole, however it is written:
// 12, 12.0, 1.2e1. Exact from the digits, never through a double. kOutOfRange: a whole number with
// more than 30 digits, beyond every integer of ours.
WholeNumber parse_whole(std::string_view text);

}  // namespace spantoll::ingest
