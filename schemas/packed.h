#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
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

// Takes one off the front; empty where the bytes end before it does.
inline std::optional<Uint128> take_varint(std::string_view& bytes) {
    constexpr int kBits = 128;
    // Nearly every one fits into 63 bits, which are far faster to shift.
    constexpr size_t kShortBytes = 9;
    uint64_t low = 0;
    for (size_t i = 0; i < std::min(bytes.size(), kShortBytes); ++i) {
        const auto byte = static_cast<unsigned char>(bytes[i]);
        low |= uint64_t{byte & 0x7fU} << 7 * i;
        if ((byte & 0x80) == 0) {
            bytes.remove_prefix(i + 1);
            return low;
        }
    }
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
