#include "ingest/foreign_encoding.h"

#include <algorithm>
#include <array>

namespace spantoll::ingest {
namespace {

struct Beginning {
    std::string_view bytes;
    std::string_view meaning;
};

constexpr std::array<Beginning, 7> kBeginnings{
    {{{"\x1F\x8B\x08", 3}, "is compressed with gzip: decompress it first"},
     {{"\x28\xB5\x2F\xFD", 4}, "is compressed with zstd: decompress it first"},
     {{"\x04\x22\x4D\x18", 4}, "is compressed with lz4: decompress it first"},
     {{"BZh", 3}, "is compressed with bzip2: decompress it first"},
     {{"\xFD"
       "7zXZ\0",
       6},
      "is compressed with xz: decompress it first"},
     {{"PK\x03\x04", 4}, "is a zip archive, as xlsx files are: write plain text in UTF-8"},
     {{"PAR1", 4}, "is Parquet: write JSON lines or CSV"}}};

bool is_ascii(char c) {
    const bool is_blank = c == '\t' || c == '\n' || c == '\r';
    return is_blank || (c >= 0x20 && c < 0x7F);
}

// True where the text begins with two ASCII characters in UTF-16, the first of which may be a byte
// order mark instead. `zero` is the position of the zero byte in each unit. JSON begins with ASCII,
// and CSV nearly always does.
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

// True where the text begins with ASCII in UTF-32: a mark and one character, or three characters,
// because a number before a FlatBuffer may look like one or two.
bool is_utf32(std::string_view bytes, size_t ascii_at) {
    constexpr size_t kUnitBytes = 4;
    constexpr std::string_view kLittleMark("\xFF\xFE\0\0", kUnitBytes);
    constexpr std::string_view kBigMark("\0\0\xFE\xFF", kUnitBytes);
    const bool has_mark = bytes.starts_with(ascii_at == 0 ? kLittleMark : kBigMark);
    const size_t units = has_mark ? 2 : 3;
    if (bytes.size() < units * kUnitBytes) {
        return false;
    }
    for (size_t at = has_mark ? kUnitBytes : 0; at < units * kUnitBytes; ++at) {
        const bool is_right = at % kUnitBytes == ascii_at ? is_ascii(bytes[at]) : bytes[at] == '\0';
        if (!is_right) {
            return false;
        }
    }
    return true;
}

// True where JSON values follow each other with only a CR between them. A text that contains an LF
// ends its lines with that, so the answer is false.
bool ends_lines_with_cr(std::string_view bytes) {
    constexpr std::string_view kBlanks = " \t\r";
    const std::string_view text = without_byte_order_mark(bytes);
    const size_t first = std::min(text.find_first_not_of(kBlanks), text.size());
    const bool is_json = text.substr(first).starts_with('{') || text.substr(first).starts_with('[');
    if (!is_json || text.find('\n') != std::string_view::npos) {
        return false;
    }
    for (size_t at = text.find('\r', first); at != std::string_view::npos;) {
        const size_t before = text.find_last_not_of(kBlanks, at);
        const size_t behind = text.find_first_not_of(kBlanks, at);
        if (behind == std::string_view::npos) {
            return false;
        }
        const bool is_end = text[before] == '}' || text[before] == ']';
        if (is_end && (text[behind] == '{' || text[behind] == '[')) {
            return true;
        }
        at = text.find('\r', behind);
    }
    return false;
}

}  // namespace

std::string_view foreign_encoding(std::string_view bytes) {
    const auto* const found = std::ranges::find_if(
        kBeginnings,
        [bytes](const Beginning& beginning) { return bytes.starts_with(beginning.bytes); });
    if (found != kBeginnings.end()) {
        return found->meaning;
    }
    if (is_utf16(bytes, 0) || is_utf16(bytes, 1)) {
        return "is UTF-16: write UTF-8";
    }
    if (is_utf32(bytes, 0) || is_utf32(bytes, 3)) {
        return "is UTF-32: write UTF-8";
    }
    return ends_lines_with_cr(bytes) ? "ends its lines with CR alone: end them with LF" : "";
}

}  // namespace spantoll::ingest
