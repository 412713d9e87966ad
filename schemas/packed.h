#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <cstring>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "schemas/event_time.h"
#include "schemas/int128.h"

namespace spantoll {

// Values packed one after the other, for what is written and read by the million.
//
//     number := 7 bits a byte, least first, the upper bit set in all but the last (LEB128, as in
//               Protocol Buffers)
//     signed := a number, in zigzag order: 0, -1, 1, -2, ...
//     time   := 0 where unset, else 1 + zigzag
//     text   := size byte*

inline constexpr size_t kVarintBytesMax = 19;  // of 128 bits

// Into memory with room for kVarintBytesMax. Where it ends.
inline char* write_varint(char* at, uint64_t value) {
    while (value >= 0x80) {
        *at++ = static_cast<char>(static_cast<unsigned>(value & 0x7f) | 0x80);
        value >>= 7;
    }
    *at++ = static_cast<char>(value);
    return at;
}

inline char* write_varint(char* at, Uint128 value) {
    while (value > std::numeric_limits<uint64_t>::max()) {
        *at++ = static_cast<char>(static_cast<unsigned>(value & 0x7f) | 0x80);
        value >>= 7;
    }
    return write_varint(at, static_cast<uint64_t>(value));
}

template <typename T>
void put_varint(std::string& out, T value) {
    std::array<char, kVarintBytesMax> bytes;  // NOLINT(cppcoreguidelines-pro-type-member-init)
    out.append(bytes.data(), write_varint(bytes.data(), value));
}

constexpr Uint128 zigzag(Int128 value) {
    return static_cast<Uint128>(value) << 1 ^ static_cast<Uint128>(value >> 127);
}

constexpr Int128 unzigzag(Uint128 value) {
    return static_cast<Int128>(value >> 1 ^ (Uint128{0} - (value & 1)));
}

// The 7 bits of each byte, one group after the other.
constexpr uint64_t joined_sevens(uint64_t bytes) {
    bytes = (bytes & 0x007f007f007f007f) | (bytes & 0x7f007f007f007f00) >> 1;
    bytes = (bytes & 0x00003fff00003fff) | (bytes & 0x3fff00003fff0000) >> 2;
    return (bytes & 0x000000000fffffff) | (bytes & 0x0fffffff00000000) >> 4;
}

// Eight bytes, the first the lowest.
inline uint64_t first_eight(std::string_view bytes) {
    static_assert(std::endian::native == std::endian::little);
    uint64_t eight = 0;
    std::memcpy(&eight, bytes.data(), sizeof eight);
    return eight;
}

// The upper bits of those bytes that end a number.
constexpr uint64_t number_ends(uint64_t eight) {
    return ~eight & 0x8080808080808080;
}

// The bits up to the lowest one, and that one.
constexpr uint64_t up_to_lowest(uint64_t bits) {
    return bits ^ (bits - 1);
}

// Takes one off the front; empty where the bytes end before it does.
inline std::optional<Uint128> take_varint(std::string_view& bytes) {
    // Nearly every one ends within eight bytes, which are looked at together: where it ends differs
    // from one to the next, and a branch would guess wrong.
    if (bytes.size() >= sizeof(uint64_t)) [[likely]] {
        const uint64_t eight = first_eight(bytes);
        if (const uint64_t ends = number_ends(eight); ends != 0) [[likely]] {
            bytes.remove_prefix(static_cast<size_t>(std::countr_zero(ends)) / 8 + 1);
            return joined_sevens(eight & up_to_lowest(ends));
        }
    }
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

// Takes two, where both end within eight bytes; else false, and nothing is taken.
inline bool take_short_varints(std::string_view& bytes, uint64_t& first, uint64_t& second) {
    if (bytes.size() < sizeof(uint64_t)) {
        return false;
    }
    const uint64_t eight = first_eight(bytes);
    const uint64_t ends = number_ends(eight);
    const uint64_t second_ends = ends & (ends - 1);
    if (second_ends == 0) {
        return false;
    }
    first = joined_sevens(eight & up_to_lowest(ends));
    second = joined_sevens((eight & up_to_lowest(second_ends)) >> (std::countr_zero(ends) + 1));
    bytes.remove_prefix(static_cast<size_t>(std::countr_zero(second_ends)) / 8 + 1);
    return true;
}

template <typename T>
void put_number(std::string& out, T value) {
    put_varint(out, static_cast<uint64_t>(value));
}

inline void put_signed(std::string& out, Int128 value) {
    put_varint(out, zigzag(value));
}

// kUnset in one byte.
inline void put_time(std::string& out, int64_t value) {
    put_varint(out, value == kUnset ? Uint128{0} : zigzag(value) + 1);
}

inline void put_text(std::string& out, std::string_view text) {
    put_number(out, text.size());
    out += text;
}

template <typename List>
void put_numbers(std::string& out, const List& list) {
    put_number(out, list.size());
    for (const auto value : list) {
        put_number(out, value);
    }
}

// Takes values off the front of the bytes; remembers whether one was missing or did not fit.
class PackedReader {
  public:
    explicit PackedReader(std::string_view& bytes) : bytes_(bytes) {}
    bool ok() const { return is_ok_; }

    template <typename T>
    T number() {
        const Uint128 value = take();
        is_ok_ = is_ok_ && value <= static_cast<Uint128>(std::numeric_limits<T>::max());
        return is_ok_ ? static_cast<T>(value) : T{};
    }
    Int128 signed_number() { return unzigzag(take()); }
    int64_t time() {
        const Uint128 value = take();
        return value == 0 ? kUnset : static_cast<int64_t>(unzigzag(value - 1));
    }
    std::string_view text() {
        const auto size = number<size_t>();
        is_ok_ = is_ok_ && size <= bytes_.size();
        if (!is_ok_) {
            return {};
        }
        const std::string_view text = bytes_.substr(0, size);
        bytes_.remove_prefix(size);
        return text;
    }
    // As often as the count before them says, and no further than the bytes go.
    template <typename Take>
    void list(const Take& take_one) {
        for (auto left = number<size_t>(); is_ok_ && left > 0; --left) {
            take_one();
        }
    }
    template <typename T>
    void numbers(std::vector<T>& out) {
        list([&] { out.push_back(number<T>()); });
    }

  private:
    Uint128 take() {
        const std::optional<Uint128> value = take_varint(bytes_);
        is_ok_ = is_ok_ && value.has_value();
        return value.value_or(0);
    }

    std::string_view& bytes_;
    bool is_ok_ = true;
};

}  // namespace spantoll
