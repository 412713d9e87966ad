#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>

#include "schemas/int128.h"

namespace spantoll {

// Integers in as few bytes as they need: 7 bits a byte, least first, the upper bit set in all but
// the last (LEB128, as in Protocol Buffers). Signed ones in zigzag order: 0, -1, 1, -2, ...

inline void put_varint(std::string& out, uint64_t value) {
    while (value >= 0x80) {
        out.push_back(static_cast<char>(static_cast<unsigned>(value & 0x7f) | 0x80));
        value >>= 7;
    }
    out.push_back(static_cast<char>(value));
}

inline void put_varint(std::string& out, Uint128 value) {
    while (value > std::numeric_limits<uint64_t>::max()) {
        out.push_back(static_cast<char>(static_cast<unsigned>(value & 0x7f) | 0x80));
        value >>= 7;
    }
    put_varint(out, static_cast<uint64_t>(value));
}

constexpr Uint128 zigzag(Int128 value) {
    return static_cast<Uint128>(value) << 1 ^ static_cast<Uint128>(value >> 127);
}

constexpr Int128 unzigzag(Uint128 value) {
    return static_cast<Int128>(value >> 1 ^ (Uint128{0} - (value & 1)));
}

// Takes one off the front; empty where the bytes end before it does.
inline std::optional<Uint128> take_varint(std::string_view& bytes) {
    constexpr int kBits = 128;
    Uint128 value = 0;
    for (int shift = 0; shift < kBits && !bytes.empty(); shift += 7) {
        const auto byte = static_cast<unsigned char>(bytes.front());
        bytes.remove_prefix(1);
        value |= static_cast<Uint128>(byte & 0x7f) << shift;
        if ((byte & 0x80) == 0) {
            return value;
        }
    }
    return std::nullopt;
}

// The same, of a number that fits T.
template <typename T>
std::optional<T> take_varint_of(std::string_view& bytes) {
    const std::optional<Uint128> value = take_varint(bytes);
    return value && *value <= static_cast<Uint128>(std::numeric_limits<T>::max())
               ? std::optional(static_cast<T>(*value))
               : std::nullopt;
}

}  // namespace spantoll
