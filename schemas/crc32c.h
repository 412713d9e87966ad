#pragma once

#include <cstdint>
#include <string_view>

namespace spantoll {

// CRC-32C (Castagnoli; RFC 3720, appendix B.4) of some bytes: crc32c("123456789") is 0xe3069283.
// Part of a record's fingerprint, so it is written to disk: the value may never change.
uint32_t crc32c(std::string_view bytes);

// The same without the processor's own instruction, for machines that lack it and for the test
// that compares the two.
uint32_t crc32c_by_table(std::string_view bytes);

}  // namespace spantoll
