#include "tools/http_message.h"

#include <array>
#include <cstdint>

#include <fmt/format.h>

namespace spantoll::tools {
namespace {

constexpr std::array<std::pair<int, std::string_view>, 14> kReasonPhrases{{
    {200, "OK"},
    {202, "Accepted"},
    {400, "Bad Request"},
    {401, "Unauthorized"},
    {403, "Forbidden"},
    {404, "Not Found"},
    {405, "Method Not Allowed"},
    {411, "Length Required"},
    {413, "Content Too Large"},
    {415, "Unsupported Media Type"},
    {421, "Misdirected Request"},
    {500, "Internal Server Error"},
    {501, "Not Implemented"},
    {503, "Service Unavailable"},
}};

// How many bytes follow a leading byte, and the least code point that needs so many.
struct Utf8Lead {
    size_t followers = 0;
    uint32_t bits = 0;
    uint32_t least = 0;
};

bool read_lead(unsigned char byte, Utf8Lead& lead) {
    if (byte < 0x80) {
        lead = {0, byte, 0};
    } else if (byte >= 0xC2 && byte <= 0xDF) {
        lead = {1, byte & 0x1Fu, 0x80};
    } else if (byte >= 0xE0 && byte <= 0xEF) {
        lead = {2, byte & 0x0Fu, 0x800};
    } else if (byte >= 0xF0 && byte <= 0xF4) {
        lead = {3, byte & 0x07u, 0x10000};
    } else {
        return false;
    }
    return true;
}

}  // namespace

HttpResponse error_response(int status, std::string_view code, std::string_view message) {
    HttpResponse response;
    response.status = status;
    response.body = R"({"error":{"code":)";
    append_json_text(response.body, code);
    response.body += R"(,"message":)";
    append_json_text(response.body, message);
    response.body += "}}\n";
    return response;
}

HttpResponse busy_response(std::string_view code, std::string_view message) {
    HttpResponse response = error_response(503, code, message);
    response.headers.emplace_back("Retry-After", "1");
    return response;
}

std::string_view reason_phrase(int status) {
    for (const auto& [known, phrase] : kReasonPhrases) {
        if (known == status) {
            return phrase;
        }
    }
    return "Unknown";
}

void append_json_text(std::string& out, std::string_view text) {
    out += '"';
    for (const char c : text) {
        if (c == '"' || c == '\\') {
            out += '\\';
            out += c;
        } else if (c == '\n') {
            out += "\\n";
        } else if (static_cast<unsigned char>(c) < 0x20) {
            out += fmt::format("\\u{:04x}", static_cast<unsigned>(c));
        } else {
            out += c;
        }
    }
    out += '"';
}

bool is_utf8(std::string_view text) {
    size_t i = 0;
    while (i < text.size()) {
        Utf8Lead lead;
        if (!read_lead(static_cast<unsigned char>(text[i]), lead)) {
            return false;
        }
        if (text.size() - i <= lead.followers) {
            return false;
        }
        uint32_t code_point = lead.bits;
        for (size_t k = 1; k <= lead.followers; ++k) {
            const auto byte = static_cast<unsigned char>(text[i + k]);
            if ((byte & 0xC0u) != 0x80u) {
                return false;
            }
            code_point = (code_point << 6u) | (byte & 0x3Fu);
        }
        if (code_point < lead.least || code_point > 0x10FFFF ||
            (code_point >= 0xD800 && code_point <= 0xDFFF)) {
            return false;
        }
        i += lead.followers + 1;
    }
    return true;
}

}  // namespace spantoll::tools
