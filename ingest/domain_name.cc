#include "ingest/domain_name.h"

#include <algorithm>
#include <utility>

#include "ingest/domain_unicode.h"
#include "ingest/limits.h"
#include "schemas/account.h"
#include "schemas/text/utf8.h"

namespace spantoll::ingest {
namespace {

constexpr size_t kLabelBytesMax = 63;

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

// The host of a URL, an authority or a bare name. It may still end with a dot.
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
    return text;
}

// The value of a hexadecimal digit; -1 for any other character.
int hex_value(char c) {
    const char letter = lower(c);
    return is_digit(c) ? c - '0' : letter >= 'a' && letter <= 'f' ? letter - 'a' + 10 : -1;
}

// Replaces every %XX in the host by its byte, once (URL standard, 4.4: "percent-decode the host").
// False where a '%' does not begin an escape, or the host is too long for a name.
bool decode_percent(std::string_view host, std::string& out) {
    constexpr size_t kEscapeBytes = 3;
    if (host.size() > kEscapeBytes * kUnicodeHostBytesMax) {
        return false;
    }
    for (size_t at = 0; at < host.size(); ++at) {
        if (host[at] != '%') {
            out.push_back(host[at]);
            continue;
        }
        if (host.size() - at < kEscapeBytes) {
            return false;
        }
        const int high = hex_value(host[at + 1]);
        const int low = hex_value(host[at + 2]);
        if (high < 0 || low < 0) {
            return false;
        }
        out.push_back(static_cast<char>(high * 16 + low));
        at += kEscapeBytes - 1;
    }
    return true;
}

bool is_label(std::string_view label) {
    return !label.empty() && label.size() <= kLabelBytesMax && label.front() != '-' &&
           label.back() != '-' && std::all_of(label.begin(), label.end(), [](char c) {
               return (c >= 'a' && c <= 'z') || is_digit(c) || c == '-';
           });
}

// 0 .. 255 without leading zeros, because some programs read those as octal.
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

// Expects lower case; refuses everything that is not lower-case ASCII.
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
    std::string_view host = host_of(domain);
    std::string decoded;
    if (host.find('%') != std::string_view::npos) {
        if (!decode_percent(host, decoded)) {
            return std::nullopt;
        }
        host = decoded;
    }
    if (host.ends_with('.')) {
        host.remove_suffix(1);
    }
    const bool is_ascii =
        std::all_of(host.begin(), host.end(), [](char c) { return (c & 0x80) == 0; });
    if (host.size() > (is_ascii ? kHostBytesMax : kUnicodeHostBytesMax)) {
        return std::nullopt;
    }
    std::string name;
    if (is_ascii) {
        name = host;
    } else if (!is_utf8(host) || !host_to_ascii(host, name)) {
        return std::nullopt;
    }
    std::transform(name.begin(), name.end(), name.begin(), lower);
    return is_host_name(name) ? std::optional(std::move(name)) : std::nullopt;
}

}  // namespace spantoll::ingest
