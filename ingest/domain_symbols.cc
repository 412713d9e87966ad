#include "ingest/domain_symbols.h"

#include <algorithm>
#include <array>
#include <idn2.h>
#include <utility>
#include <vector>

namespace spantoll::ingest {
namespace {

using CodePoints = std::vector<uint32_t>;

// YI SYLLABLE IT: a letter that UTS 46 and NFC leave as it is, allowed anywhere in a label, and of
// a script that no one mixes with symbols.
constexpr uint32_t kStandIn = 0xA000;

// Valid in UTS 46 and disallowed in IDNA 2008 (status "valid; NV8"), of the blocks from Arrows to
// Miscellaneous Symbols and Arrows and from Mahjong Tiles to Symbols and Pictographs Extended-A.
// First and last of each range, ascending.
constexpr std::array<std::pair<uint32_t, uint32_t>, 46> kSymbols{
    {{0x2190, 0x222B},   {0x222E, 0x222E},   {0x2231, 0x2328},   {0x232B, 0x2429},
     {0x2440, 0x244A},   {0x24EB, 0x2A0B},   {0x2A0D, 0x2A73},   {0x2A77, 0x2ADB},
     {0x2ADD, 0x2B73},   {0x2B76, 0x2BFF},   {0x1F000, 0x1F02B}, {0x1F030, 0x1F093},
     {0x1F0A0, 0x1F0AE}, {0x1F0B1, 0x1F0BF}, {0x1F0C1, 0x1F0CF}, {0x1F0D1, 0x1F0F5},
     {0x1F10B, 0x1F10F}, {0x1F12F, 0x1F12F}, {0x1F150, 0x1F169}, {0x1F16D, 0x1F18F},
     {0x1F191, 0x1F1AD}, {0x1F1E6, 0x1F1FF}, {0x1F260, 0x1F265}, {0x1F300, 0x1F6D8},
     {0x1F6DC, 0x1F6EC}, {0x1F6F0, 0x1F6FC}, {0x1F700, 0x1F7D9}, {0x1F7E0, 0x1F7EB},
     {0x1F7F0, 0x1F7F0}, {0x1F800, 0x1F80B}, {0x1F810, 0x1F847}, {0x1F850, 0x1F859},
     {0x1F860, 0x1F887}, {0x1F890, 0x1F8AD}, {0x1F8B0, 0x1F8BB}, {0x1F8C0, 0x1F8C1},
     {0x1F8D0, 0x1F8D8}, {0x1F900, 0x1FA57}, {0x1FA60, 0x1FA6D}, {0x1FA70, 0x1FA7C},
     {0x1FA80, 0x1FA8A}, {0x1FA8E, 0x1FAC6}, {0x1FAC8, 0x1FAC8}, {0x1FACD, 0x1FADC},
     {0x1FADF, 0x1FAEA}, {0x1FAEF, 0x1FAF8}}};

bool is_symbol(uint32_t code_point) {
    const auto after = std::upper_bound(
        kSymbols.begin(), kSymbols.end(), code_point, [](uint32_t value, const auto& range) {
            return value < range.first;
        });
    return after != kSymbols.begin() && code_point <= std::prev(after)->second;
}

// Zero-terminated, as libidn2 wants it. `text` is valid UTF-8.
CodePoints code_points_of(std::string_view text) {
    CodePoints out;
    for (const char c : text) {
        const auto byte = static_cast<uint8_t>(c);
        if ((byte & 0xC0) == 0x80) {
            out.back() = (out.back() << 6) | (byte & 0x3Fu);
        } else {
            out.push_back(byte < 0x80   ? byte
                          : byte < 0xE0 ? byte & 0x1Fu
                          : byte < 0xF0 ? byte & 0xFu
                                        : byte & 0x7u);
        }
    }
    out.push_back(0);
    return out;
}

// Punycode of RFC 3492, section 6: its parameters and names.
constexpr uint32_t kBase = 36;
constexpr uint32_t kTMin = 1;
constexpr uint32_t kTMax = 26;
constexpr uint32_t kSkew = 38;
constexpr uint32_t kDamp = 700;
constexpr uint32_t kInitialBias = 72;
constexpr uint32_t kInitialN = 0x80;

uint32_t adapted(uint32_t delta, uint32_t points, bool first) {
    delta = first ? delta / kDamp : delta / 2;
    delta += delta / points;
    uint32_t k = 0;
    for (; delta > (kBase - kTMin) * kTMax / 2; k += kBase) {
        delta /= kBase - kTMin;
    }
    return k + (kBase - kTMin + 1) * delta / (delta + kSkew);
}

char digit(uint32_t value) {
    return static_cast<char>(value < 26 ? 'a' + value : '0' + (value - 26));
}

void append_variable_length(uint32_t delta, uint32_t bias, std::string& out) {
    for (uint32_t k = kBase;; k += kBase) {
        const uint32_t threshold = k <= bias ? kTMin : std::min(k - bias, kTMax);
        if (delta < threshold) {
            out.push_back(digit(delta));
            return;
        }
        out.push_back(digit(threshold + (delta - threshold) % (kBase - threshold)));
        delta = (delta - threshold) / (kBase - threshold);
    }
}

// A label has at most 63 code points here, so that no delta overflows: 64 * 0x110000 < 2^32.
std::string punycode(const CodePoints& label) {
    std::string out;
    for (const uint32_t code_point : label) {
        if (code_point < kInitialN) {
            out.push_back(static_cast<char>(code_point));
        }
    }
    const auto basic = static_cast<uint32_t>(out.size());
    if (basic > 0) {
        out.push_back('-');
    }
    uint32_t n = kInitialN;
    uint32_t delta = 0;
    uint32_t bias = kInitialBias;
    for (uint32_t handled = basic; handled < label.size(); ++delta, ++n) {
        uint32_t next = UINT32_MAX;
        for (const uint32_t code_point : label) {
            next = code_point >= n ? std::min(next, code_point) : next;
        }
        delta += (next - n) * (handled + 1);
        n = next;
        for (const uint32_t code_point : label) {
            delta += code_point < n ? 1 : 0;
            if (code_point == n) {
                append_variable_length(delta, bias, out);
                bias = adapted(delta, handled + 1, handled == basic);
                delta = 0;
                ++handled;
            }
        }
    }
    return out;
}

// Takes a string of libidn2, and gives its memory back.
template <typename Char, typename Out>
Out taken(Char* text) {
    Out out;
    for (const Char* c = text; *c != 0; ++c) {
        out.push_back(*c);
    }
    idn2_free(text);
    return out;
}

// An A-label with the next of `symbols` in the place of every letter that stands in for one; as it
// stands where there is none. Empty where symbols are missing.
std::optional<std::string> with_symbols(const std::string& label,
                                        const CodePoints& symbols,
                                        size_t& used) {
    uint32_t* decoded = nullptr;
    if (!label.starts_with("xn--")) {
        return label;
    }
    if (idn2_to_unicode_8z4z(label.c_str(), &decoded, 0) != IDN2_OK) {
        return std::nullopt;
    }
    auto points = taken<uint32_t, CodePoints>(decoded);
    const size_t used_before = used;
    for (uint32_t& point : points) {
        if (point == kStandIn) {
            if (used == symbols.size()) {
                return std::nullopt;
            }
            point = symbols[used++];
        }
    }
    return used == used_before ? label : "xn--" + punycode(points);
}

}  // namespace

std::optional<std::string> host_to_ascii(std::string_view host) {
    CodePoints points = code_points_of(host);
    CodePoints symbols;
    for (uint32_t& point : points) {
        if (is_symbol(point)) {
            symbols.push_back(std::exchange(point, kStandIn));
        }
    }
    char* mapped = nullptr;
    if (idn2_to_ascii_4z(points.data(), &mapped, IDN2_NONTRANSITIONAL | IDN2_NFC_INPUT) !=
        IDN2_OK) {
        return std::nullopt;
    }
    const auto ascii = taken<char, std::string>(mapped);
    if (symbols.empty()) {
        return ascii;
    }
    std::string out;
    size_t used = 0;
    for (size_t begin = 0; begin <= ascii.size();) {
        const size_t end = std::min(ascii.find('.', begin), ascii.size());
        const auto label = with_symbols(ascii.substr(begin, end - begin), symbols, used);
        if (!label) {
            return std::nullopt;
        }
        out += (begin == 0 ? "" : ".") + *label;
        begin = end + 1;
    }
    // A host that has the letter itself, and symbols, is refused: one could not be told from
    // another.
    return used == symbols.size() ? std::optional<std::string>(out) : std::nullopt;
}

}  // namespace spantoll::ingest
