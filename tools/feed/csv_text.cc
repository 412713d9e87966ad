#include "tools/feed/csv_text.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "schemas/text/printable.h"
#include "schemas/text/utf8.h"

namespace spantoll::tools {
namespace {

using std::string_view_literals::operator""sv;

constexpr size_t kShownBytesMax = 60;

struct Signature {
    std::string_view bytes;
    std::string_view kind;
};

constexpr std::string_view kUtf16 =
    "is UTF-16: write it as UTF-8, e.g. iconv -f UTF-16 -t UTF-8 IN > OUT";
constexpr std::string_view kUtf16Little =
    "is UTF-16 (little-endian): write it as UTF-8, e.g. iconv -f UTF-16LE -t UTF-8 IN > OUT";
constexpr std::string_view kUtf16Big =
    "is UTF-16 (big-endian): write it as UTF-8, e.g. iconv -f UTF-16BE -t UTF-8 IN > OUT";

constexpr std::string_view kUtf32 =
    "is UTF-32: write it as UTF-8, e.g. iconv -f UTF-32 -t UTF-8 IN > OUT";

constexpr std::array<Signature, 11> kSignatures{{
    {"\xFF\xFE\0\0"sv, kUtf32},  // before UTF-16: its mark begins like that of UTF-16
    {"\0\0\xFE\xFF"sv, kUtf32},
    {"\xFF\xFE"sv, kUtf16},
    {"\xFE\xFF"sv, kUtf16},
    {"\x1F\x8B"sv, "is packed with gzip: unpack it, e.g. gunzip -c IN > OUT"},
    {"PK\x03\x04"sv,
     "is a spreadsheet (.xlsx, .ods) or a zip file: save the sheet as CSV in UTF-8"},
    {"\xD0\xCF\x11\xE0"sv, "is an old spreadsheet (.xls): save the sheet as CSV in UTF-8"},
    {"BZh"sv, "is packed with bzip2: unpack it, e.g. bunzip2 -c IN > OUT"},
    {"\xFD"
     "7zXZ"sv,
     "is packed with xz: unpack it, e.g. unxz -c IN > OUT"},
    {"\x28\xB5\x2F\xFD"sv, "is packed with zstd: unpack it, e.g. unzstd -c IN > OUT"},
    {"PAR1"sv, "is a Parquet file: write it as CSV"},
}};

// Recognises UTF-16 without a mark: in Latin text every other byte is zero.
std::string_view kind_of_zeros(std::string_view beginning) {
    std::array<size_t, 2> zeros{};
    for (size_t i = 0; i < beginning.size(); ++i) {
        zeros[i % 2] += beginning[i] == '\0' ? 1 : 0;
    }
    const size_t many = beginning.size() / 5;
    if (zeros[0] == 0 && zeros[1] > many) {
        return kUtf16Little;
    }
    if (zeros[1] == 0 && zeros[0] > many) {
        return kUtf16Big;
    }
    return zeros[0] + zeros[1] > 0 ? "holds zero bytes: write it as CSV in UTF-8"
                                   : std::string_view();
}

bool has_lone_returns_alone(std::string_view beginning) {
    return beginning.find('\n') == std::string_view::npos &&
           beginning.substr(0, beginning.size() - 1).find('\r') != std::string_view::npos;
}

// White_Space in Unicode, except control characters.
bool is_blank(char32_t character) {
    return character == 0x20 || character == 0xA0 || character == 0x1680 ||
           (character >= 0x2000 && character <= 0x200A) || character == 0x202F ||
           character == 0x205F || character == 0x3000;
}

bool is_passed_over(std::string_view character) {
    if (utf8_length(character) != character.size()) {
        return false;
    }
    const char32_t value = utf8_character(character);
    return is_blank(value) || is_unprintable(value);
}

std::string_view last_character(std::string_view text) {
    constexpr size_t kBytesMax = 4;
    size_t begin = text.size() - 1;
    const size_t least = text.size() - std::min(text.size(), kBytesMax);
    while (begin > least && (static_cast<unsigned char>(text[begin]) & 0xC0U) == 0x80U) {
        --begin;
    }
    return text.substr(begin);
}

}  // namespace

std::string_view what_is_no_csv(std::string_view beginning) {
    for (const Signature& signature : kSignatures) {
        if (beginning.starts_with(signature.bytes)) {
            return signature.kind;
        }
    }
    if (beginning.empty()) {
        return {};
    }
    if (has_lone_returns_alone(beginning)) {
        return "has lines that end with CR alone, as on an old Mac: write LF, e.g. tr '\\r' '\\n' "
               "< IN "
               "> OUT";
    }
    return kind_of_zeros(beginning);
}

std::string_view trimmed(std::string_view text) {
    while (!text.empty()) {
        const size_t length = std::max<size_t>(utf8_length(text), 1);
        if (!is_passed_over(text.substr(0, length))) {
            break;
        }
        text.remove_prefix(length);
    }
    while (!text.empty() && is_passed_over(last_character(text))) {
        text.remove_suffix(last_character(text).size());
    }
    return text;
}

std::string shown_cell(std::string_view text) {
    std::string shown = "'";
    while (!text.empty() && shown.size() <= kShownBytesMax) {
        const size_t length = std::max<size_t>(utf8_length(text), 1);
        shown += text.substr(0, length);
        text.remove_prefix(length);
    }
    return shown + (text.empty() ? "'" : "…'");
}

}  // namespace spantoll::tools
