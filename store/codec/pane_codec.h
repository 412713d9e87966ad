#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "schemas/rows.h"

namespace spantoll::store {

// Values of PANE# and DEDUP# rows, which are written and read whole, many thousands at a time.
//
//     pane   := 0x01 entry*
//     entry  := account slot amount            each a varint (7 bits a byte, least first)
//               account: zigzag of the difference to the entry before, for the first to 0
//               slot: as it is        amount: zigzag of 128 bits
//     dedup  := 0x01 hash*                     8 bytes each, little-endian
//
// The first byte is the version. Accounts ascend mostly, so an entry takes about 8 bytes.

std::string encode_pane(const std::vector<PaneEntry>& entries);
// Appends to `entries`; false where the bytes are no such value.
bool decode_pane(std::string_view bytes, std::vector<PaneEntry>& entries);
std::optional<std::vector<PaneEntry>> decode_pane(std::string_view bytes);

// One entry for each (account, slot) in ascending order; those that add up to 0 are left out.
std::vector<PaneEntry> sum_entries(std::vector<PaneEntry> entries);

std::string encode_hashes(const std::vector<uint64_t>& hashes);
// Appends to `hashes`; false where the bytes are no such value.
bool decode_hashes(std::string_view bytes, std::vector<uint64_t>& hashes);

}  // namespace spantoll::store
