#include "ingest/naming.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>

#include "ingest/limits.h"
#include "schemas/text/utf8.h"

namespace spantoll::ingest {
namespace {

constexpr uint8_t kDelete = 0x7F;
constexpr std::string_view kHexDigits = "0123456789ABCDEF";

bool is_control(uint8_t byte) {
    return byte < 0x20 || byte == kDelete;
}

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

bool is_hex_digit(char c) {
    return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

uint8_t byte_at(std::string_view text, size_t at) {
    return static_cast<uint8_t>(text[at]);
}

bool is_escaped(char c, size_t at) {
    return c == '%' || c == '#' || c == '/' || c == ',' || static_cast<uint8_t>(c) < 0x20 ||
           (c == '~' && at == 0);
}

// The value of an upper-case hex digit; 16 for any other character.
uint8_t hex_value(char c) {
    const size_t value = kHexDigits.find(c);
    return value == std::string_view::npos ? 16 : static_cast<uint8_t>(value);
}

// 8-4-4-4-12 hex digits. (A UUID is longer than kSegmentBytesMax anyway; it is checked because
// docs/semantics.md names it.)
bool is_uuid(std::string_view text) {
    constexpr size_t kUuidBytes = 36;
    if (text.size() != kUuidBytes) {
        return false;
    }
    for (size_t i = 0; i < kUuidBytes; ++i) {
        const bool is_hyphen_place = i == 8 || i == 13 || i == 18 || i == 23;
        if (is_hyphen_place ? text[i] != '-' : !is_hex_digit(text[i])) {
            return false;
        }
    }
    return true;
}

// True where this segment of a path identifies one thing rather than a kind of things.
bool is_identifier(std::string_view segment) {
    if (segment.empty()) {
        return false;
    }
    return segment.size() > kSegmentBytesMax ||
           std::all_of(segment.begin(), segment.end(), is_digit) ||
           (segment.size() >= kHexSegmentBytesMin &&
            std::all_of(segment.begin(), segment.end(), is_hex_digit)) ||
           is_uuid(segment);
}

// Not zero where one of the eight bytes is a control character, DEL, or part of a multi-byte
// character.
uint64_t unusual_bits(const char* eight) {
    constexpr uint64_t kEach = 0x0101010101010101;
    constexpr uint64_t kHigh = kEach * 0x80;
    uint64_t bytes = 0;
    std::memcpy(&bytes, eight, sizeof bytes);
    const uint64_t deletes = bytes ^ kEach * 0x7f;
    const uint64_t below_blank = (bytes - kEach * 0x20) & ~bytes;
    const uint64_t is_delete = (deletes - kEach) & ~deletes;
    return (bytes | below_blank | is_delete) & kHigh;
}

// A fast check that is true for most good names; false means that the slow check must decide. It
// reads eight bytes at a time, and the last eight may overlap with those before.
bool is_plain_name(std::string_view value) {
    constexpr size_t kStep = sizeof(uint64_t);
    if (value.size() < kStep) {
        return false;
    }
    const size_t last = value.size() - kStep;
    uint64_t unusual = unusual_bits(value.data() + last);
    for (size_t at = 0; at < last; at += kStep) {
        unusual |= unusual_bits(value.data() + at);
    }
    return unusual == 0;
}

}  // namespace

bool is_good_name(std::string_view value) {
    if (value.empty() || value.size() > kNameBytesMax) {
        return false;
    }
    if (is_plain_name(value)) {
        return true;
    }
    for (size_t at = 0; at < value.size();) {
        if (byte_at(value, at) < 0x80) {
            if (is_control(byte_at(value, at))) {
                return false;
            }
            ++at;
            continue;
        }
        const size_t size = utf8_length(value.substr(at));
        if (size == 0) {
            return false;
        }
        at += size;
    }
    return true;
}

std::string escape_value(std::string_view value) {
    std::string text;
    text.reserve(value.size());
    for (size_t i = 0; i < value.size(); ++i) {
        if (!is_escaped(value[i], i)) {
            text.push_back(value[i]);
            continue;
        }
        text.push_back('%');
        text.push_back(kHexDigits[byte_at(value, i) >> 4]);
        text.push_back(kHexDigits[byte_at(value, i) & 0xF]);
    }
    return text;
}

std::optional<std::string> unescape_value(std::string_view text) {
    std::string value;
    value.reserve(text.size());
    for (size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '%') {
            if (is_escaped(text[i], value.size())) {
                return std::nullopt;
            }
            value.push_back(text[i]);
            continue;
        }
        if (text.size() - i < 3) {
            return std::nullopt;
        }
        const uint8_t high = hex_value(text[i + 1]);
        const uint8_t low = hex_value(text[i + 2]);
        const auto c = static_cast<char>(high * 16 + low);
        if (high > 15 || low > 15 || !is_escaped(c, value.size())) {
            return std::nullopt;
        }
        value.push_back(c);
        i += 2;
    }
    return value;
}

void normalise_operation(std::string_view operation, std::string& out) {
    out.clear();
    if (operation.find('/') == std::string_view::npos) {
        out.append(operation);
        return;
    }
    for (size_t begin = 0; begin <= operation.size();) {
        const size_t end = std::min(operation.find('/', begin), operation.size());
        const std::string_view segment = operation.substr(begin, end - begin);
        out.append(is_identifier(segment) ? std::string_view("*") : segment);
        if (end < operation.size()) {
            out.push_back('/');
        }
        begin = end + 1;
    }
}

std::string normalise_operation(std::string_view operation) {
    std::string out;
    normalise_operation(operation, out);
    return out;
}

std::string account_value(Dimension dimension, std::string_view raw) {
    std::optional<std::string> value;
    switch (dimension) {
        case Dimension::kDomain:
            value = normalise_domain(raw);
            break;
        case Dimension::kOperation:
            value = normalise_operation(raw);
            break;
        default:
            value = is_good_name(raw) ? std::optional<std::string>(raw) : std::nullopt;
    }
    const bool is_good = value && is_good_name(*value);
    return is_good ? escape_value(*value) : std::string(kInvalidValue);
}

std::string account_of(const AccountKind& kind, const Span& span) {
    return account_of(kind, span, {});
}

std::string account_of(const AccountKind& kind, const Span& span, std::string_view virtual_key) {
    if (kind.dimensions.empty()) {
        return std::string(kGlobalAccount);
    }
    const bool is_carried = std::all_of(kind.dimensions.begin(),
                                        kind.dimensions.end(),
                                        [&](Dimension d) { return !span.dimension(d).empty(); });
    if (!is_carried) {
        return {};
    }
    std::string account = kind.name;
    char separator = ':';
    for (const Dimension dimension : kind.dimensions) {
        const bool is_given = dimension == Dimension::kVirtualKey && !virtual_key.empty();
        const std::string value = is_given ? std::string(virtual_key)
                                           : account_value(dimension, span.dimension(dimension));
        if (value == kInvalidValue) {
            return stranger_account(kind, kInvalidValue);
        }
        account.push_back(separator);
        account.append(value);
        separator = ',';
    }
    // A domain is written without its kind.
    return kind.name == name_of(Dimension::kDomain) ? account.substr(kind.name.size() + 1)
                                                    : account;
}

}  // namespace spantoll::ingest
