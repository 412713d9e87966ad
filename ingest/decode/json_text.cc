#include "ingest/decode/json_text.h"

#include "schemas/text/utf8.h"

namespace spantoll::ingest {
namespace {

constexpr size_t kHexDigits = 4;

// The code unit given by four hexadecimal digits at the beginning of `text`.
std::optional<uint32_t> read_code_unit(std::string_view text) {
    if (text.size() < kHexDigits) {
        return std::nullopt;
    }
    uint32_t unit = 0;
    for (const char c : text.substr(0, kHexDigits)) {
        if (c >= '0' && c <= '9') {
            unit = unit << 4 | static_cast<uint32_t>(c - '0');
        } else if ((c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F')) {
            unit = unit << 4 | static_cast<uint32_t>((c | 0x20) - 'a' + 10);
        } else {
            return std::nullopt;
        }
    }
    return unit;
}

constexpr bool is_high_half(uint32_t unit) {
    return unit >= 0xD800 && unit <= 0xDBFF;
}
constexpr bool is_low_half(uint32_t unit) {
    return unit >= 0xDC00 && unit <= 0xDFFF;
}

// The character for an escape such as \n; 0 where there is no such escape.
constexpr char escaped_letter(char letter) {
    switch (letter) {
        case '"':
        case '\\':
        case '/':
            return letter;
        case 'b':
            return '\b';
        case 'f':
            return '\f';
        case 'n':
            return '\n';
        case 'r':
            return '\r';
        case 't':
            return '\t';
        default:
            return 0;
    }
}

// Writes a text with its escapes resolved.
class Unescaper {
  public:
    Unescaper(std::string_view written, uint8_t* out) : rest_(written), begin_(out), end_(out) {}

    std::optional<std::string_view> run() {
        while (!rest_.empty()) {
            if (rest_.front() != '\\') {
                put(static_cast<uint8_t>(rest_.front()));
                rest_.remove_prefix(1);
            } else if (!take_escape()) {
                return std::nullopt;
            }
        }
        return std::string_view(reinterpret_cast<const char*>(begin_),
                                static_cast<size_t>(end_ - begin_));
    }

  private:
    bool take_escape() {
        if (rest_.size() < 2) {
            return false;
        }
        const char letter = rest_[1];
        rest_.remove_prefix(2);
        if (letter == 'u') {
            return take_code_point();
        }
        const char plain = escaped_letter(letter);
        put(static_cast<uint8_t>(plain));
        return plain != 0;
    }

    // Handles what follows "\u", and the next escape where the two are halves of one code point.
    bool take_code_point() {
        const std::optional<uint32_t> unit = read_code_unit(rest_);
        if (!unit) {
            return false;
        }
        rest_.remove_prefix(kHexDigits);
        if (is_high_half(*unit) && rest_.starts_with("\\u")) {
            const std::optional<uint32_t> low = read_code_unit(rest_.substr(2));
            if (low && is_low_half(*low)) {
                rest_.remove_prefix(2 + kHexDigits);
                put_code_point(0x10000 + ((*unit - 0xD800) << 10) + (*low - 0xDC00));
                return true;
            }
        }
        const bool is_half = is_high_half(*unit) || is_low_half(*unit);
        put_code_point(is_half ? static_cast<uint32_t>(kNoCharacter) : *unit);
        return true;
    }

    void put(uint32_t byte) { *end_++ = static_cast<uint8_t>(byte); }

    void put_code_point(uint32_t point) {
        if (point < 0x80) {
            return put(point);
        }
        if (point < 0x800) {
            put(0xC0 | point >> 6);
        } else {
            if (point < 0x10000) {
                put(0xE0 | point >> 12);
            } else {
                put(0xF0 | point >> 18);
                put(0x80 | (point >> 12 & 0x3F));
            }
            put(0x80 | (point >> 6 & 0x3F));
        }
        put(0x80 | (point & 0x3F));
    }

    std::string_view rest_;
    uint8_t* const begin_;
    uint8_t* end_;
};

}  // namespace

size_t replace_broken_bytes(std::span<char> document) {
    size_t replaced = 0;
    for (size_t at = 0; at < document.size();) {
        const size_t size = utf8_length({&document[at], document.size() - at});
        if (size == 0) {
            document[at] = kNoCharacter;
            ++replaced;
        }
        at += size == 0 ? 1 : size;
    }
    return replaced;
}

std::optional<std::string_view> unescape_text(std::string_view written, uint8_t* out) {
    return Unescaper(written, out).run();
}

}  // namespace spantoll::ingest
