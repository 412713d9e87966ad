#include "ingest/domain_name.h"

#include <algorithm>

#include "ingest/domain_symbols.h"
#include "ingest/utf8.h"
#include "schemas/account.h"

namespace spantoll::ingest {
namespace {

constexpr size_t kHostBytesMax = 253;  // RFC 1035: 255 on the wire
constexpr size_t kLabelBytesMax = 63;
// Four bytes of UTF-8 for every one of a host name, and as many again for what UTS 46 leaves out.
// Longer ones are refused before libidn2, whose work grows with its input.
constexpr size_t kUnicodeHostBytesMax = 8 * kHostBytesMax;

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

bool is_letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

char lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool are_digits(std::string_view text) {
    return !text.empty() && std::all_of(text.begin(), text.end(), is_digit);
}

// RFC 3986: a letter, then letters, digits, '+', '-', '.'.
bool is_scheme(std::string_view text) {
    return !text.empty() && is_letter(text.front()) &&
           std::all_of(text.begin(), text.end(), [](char c) {
               return is_letter(c) || is_digit(c) || c == '+' || c == '-' || c == '.';
           });
}

// What is left of a URL, an authority or a bare name when all but the host is taken away.
std::string_view host_of(std::string_view text) {
    if (const size_t colon = text.find("://");
        colon != std::string_view::npos && is_scheme(text.substr(0, colon))) {
        text.remove_prefix(colon + 3);
    }
    text = text.substr(0, text.find_first_of("/?#"));
    if (const size_t at = text.rfind('@'); at != std::string_view::npos) {
        text.remove_prefix(at + 1);
    }
    if (const size_t colon = text.rfind(':'); colon != std::string_view::npos) {
        const std::string_view port = text.substr(colon + 1);
        if (std::all_of(port.begin(), port.end(), is_digit)) {
            text = text.substr(0, colon);
        }
    }
    if (text.ends_with('.')) {
        text.remove_suffix(1);
    }
    return text;
}

bool is_label(std::string_view label) {
    return !label.empty() && label.size() <= kLabelBytesMax && label.front() != '-' &&
           label.back() != '-' && std::all_of(label.begin(), label.end(), [](char c) {
               return (c >= 'a' && c <= 'z') || is_digit(c) || c == '-';
           });
}

// 0 .. 255 without leading zeros, which some read as octal.
bool is_octet(std::string_view label) {
    if (!are_digits(label) || label.size() > 3 || (label.size() > 1 && label.front() == '0')) {
        return false;
    }
    int value = 0;
    for (const char digit : label) {
        value = value * 10 + (digit - '0');
    }
    return value <= 255;
}

// `host` is lower-case ASCII or anything else that is refused.
bool is_host_name(std::string_view host) {
    if (host.empty() || host.size() > kHostBytesMax || host == kGlobalAccount) {
        return false;
    }
    size_t labels = 0;
    bool all_octets = true;
    std::string_view label;
    for (size_t begin = 0; begin <= host.size(); begin += label.size() + 1) {
        label = host.substr(begin, host.find('.', begin) - begin);
        if (!is_label(label)) {
            return false;
        }
        all_octets = all_octets && is_octet(label);
        ++labels;
    }
    return !are_digits(label) || (labels == 4 && all_octets);
}

}  // namespace

std::optional<std::string> normalise_domain(std::string_view domain) {
    const std::string_view host = host_of(domain);
    const bool is_ascii =
        std::all_of(host.begin(), host.end(), [](char c) { return (c & 0x80) == 0; });
    const bool has_zero_byte = host.find('\0') != std::string_view::npos;  // ends it for libidn2
    if (host.size() > (is_ascii ? kHostBytesMax : kUnicodeHostBytesMax) || has_zero_byte ||
        !is_utf8(host)) {
        return std::nullopt;
    }
    std::optional<std::string> name = is_ascii ? std::string(host) : host_to_ascii(host);
    if (!name) {
        return std::nullopt;
    }
    std::transform(name->begin(), name->end(), name->begin(), lower);
    return is_host_name(*name) ? name : std::nullopt;
}

}  // namespace spantoll::ingest
