#include "schemas/crc32c.h"

#include <array>
#include <cstddef>
#include <cstring>

namespace spantoll {
namespace {

// x^32 + x^28 + x^27 + ... + 1 with its bits reversed, as the least significant bit goes first.
constexpr uint32_t kPolynomial = 0x82f63b78;

// kTables[k][b] is the CRC of byte b followed by k zero bytes, so that eight bytes take eight
// look-ups that do not wait for each other.
constexpr auto kTables = [] {
    std::array<std::array<uint32_t, 256>, 8> tables{};
    for (uint32_t byte = 0; byte < 256; ++byte) {
        uint32_t crc = byte;
        for (int bit = 0; bit < 8; ++bit) {
            crc = (crc >> 1) ^ ((crc & 1) != 0 ? kPolynomial : 0);
        }
        tables[0][byte] = crc;
    }
    for (size_t k = 1; k < tables.size(); ++k) {
        for (size_t byte = 0; byte < 256; ++byte) {
            const uint32_t before = tables[k - 1][byte];
            tables[k][byte] = (before >> 8) ^ tables[0][before & 0xff];
        }
    }
    return tables;
}();

uint32_t eight_bytes_by_table(uint32_t crc, const char* bytes) {
    uint32_t result = 0;
    for (size_t i = 0; i < 8; ++i) {
        const auto byte = static_cast<uint8_t>(bytes[i]);
        const auto mixed = static_cast<uint8_t>(i < 4 ? byte ^ (crc >> (8 * i)) : byte);
        result ^= kTables[7 - i][mixed];
    }
    return result;
}

#if defined(__x86_64__)
__attribute__((target("sse4.2"))) uint32_t crc32c_by_instruction(std::string_view bytes) {
    uint64_t crc = 0xffffffff;
    while (bytes.size() >= sizeof(uint64_t)) {
        uint64_t word = 0;
        std::memcpy(&word, bytes.data(), sizeof word);
        crc = __builtin_ia32_crc32di(crc, word);
        bytes.remove_prefix(sizeof word);
    }
    auto narrow = static_cast<uint32_t>(crc);
    for (const char byte : bytes) {
        narrow = __builtin_ia32_crc32qi(narrow, static_cast<uint8_t>(byte));
    }
    return ~narrow;
}
#endif

}  // namespace

uint32_t crc32c_by_table(std::string_view bytes) {
    uint32_t crc = 0xffffffff;
    while (bytes.size() >= 8) {
        crc = eight_bytes_by_table(crc, bytes.data());
        bytes.remove_prefix(8);
    }
    for (const char byte : bytes) {
        crc = (crc >> 8) ^ kTables[0][(crc ^ static_cast<uint8_t>(byte)) & 0xff];
    }
    return ~crc;
}

uint32_t crc32c(std::string_view bytes) {
#if defined(__x86_64__)
    static const bool has_instruction = __builtin_cpu_supports("sse4.2") != 0;
    if (has_instruction) {
        return crc32c_by_instruction(bytes);
    }
#endif
    return crc32c_by_table(bytes);
}

}  // namespace spantoll
