#include "ingest/foreign_encoding.h"

#include <algorithm>
#include <array>

namespace spantoll::ingest {
namespace {

struct Beginning {
    std::string_view bytes;
    std::string_view meaning;
};

constexpr std::array<Beginning, 5> kBeginnings{
    {{{"\x1F\x8B\x08", 3}, "is compressed with gzip: decompress it first"},
     {{"\x28\xB5\x2F\xFD", 4}, "is compressed with zstd: decompress it first"},
     {{"\x04\x22\x4D\x18", 4}, "is compressed with lz4: decompress it first"},
     {{"PK\x03\x04", 4}, "is a zip archive, as xlsx files are: write plain text in UTF-8"},
     {{"PAR1", 4}, "is Parquet: write JSON lines or CSV"}}};

bool is_ascii(char c) {
    const bool is_blank = c == '\t' || c == '\n' || c == '\r';
    return is_blank || (c >= 0x20 && c < 0x7F);
}

// Two characters of ASCII, of which a mark may be the first, in the order of bytes that puts the
// zeros at `zero` modulo 2. ASCII comes first in JSON and nearly always in CSV.
bool is_utf16(std::string_view bytes, size_t zero) {
    constexpr size_t kUnitBytes = 2;
    constexpr size_t kUnits = 2;
    if (bytes.size() < kUnits * kUnitBytes) {
        return false;
    }
    const bool has_mark = bytes.starts_with(zero == 1 ? "\xFF\xFE" : "\xFE\xFF");
    for (size_t unit = has_mark ? 1 : 0; unit < kUnits; ++unit) {
        const size_t at = unit * kUnitBytes;
        if (bytes[at + zero] != '\0' || !is_ascii(bytes[at + 1 - zero])) {
            return false;
        }
    }
    return true;
}

}  // namespace

std::string_view foreign_encoding(std::string_view bytes) {
    const auto* const found = std::ranges::find_if(
        kBeginnings,
        [bytes](const Beginning& beginning) { return bytes.starts_with(beginning.bytes); });
    if (found != kBeginnings.end()) {
        return found->meaning;
    }
    return is_utf16(bytes, 0) || is_utf16(bytes, 1) ? "is UTF-16: write UTF-8" : "";
}

}  // namespace spantoll::ingest
