#include "tools/http/content_type.h"

#include <algorithm>

#include "schemas/format.h"
#include "schemas/text/ascii.h"

namespace spantoll::tools {
namespace {

std::string_view trim(std::string_view text) {
    const size_t first = text.find_first_not_of(" \t");
    if (first == std::string_view::npos) {
        return {};
    }
    return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

bool names_media_type(std::string_view accept, std::string_view wanted) {
    while (!accept.empty()) {
        const size_t comma = std::min(accept.find(','), accept.size());
        const std::string_view item = accept.substr(0, comma);
        if (lower_case(trim(item.substr(0, item.find(';')))) == wanted) {
            return true;
        }
        accept.remove_prefix(std::min(comma + 1, accept.size()));
    }
    return false;
}

// Anything but "the record as it is".
bool is_encoded(const HttpRequest& request) {
    const std::vector<std::string>& encodings = request.content_encodings;
    return encodings.size() > 1 || (!encodings.empty() && lower_case(encodings[0]) != "identity");
}

}  // namespace

std::optional<HttpResponse> refuse_content(const HttpRequest& request) {
    if (!record_content_type(request)) {
        return error_response(415,
                              "content_type_refused",
                              "Content-Type must be application/x-flatbuffers, "
                              "application/json or application/x-protobuf.");
    }
    if (is_encoded(request)) {
        return error_response(415, "content_encoding_refused", "Send the record uncompressed.");
    }
    return std::nullopt;
}

std::optional<std::string_view> record_content_type(const HttpRequest& request) {
    if (request.content_types.size() != 1) {
        return std::nullopt;
    }
    const std::string header = lower_case(request.content_types.front());
    const Format format = format_of_content_type(header);
    if (format == Format::kAuto) {
        return std::nullopt;
    }
    if (const size_t semicolon = header.find(';'); semicolon != std::string::npos) {
        const std::string_view parameter = trim(std::string_view(header).substr(semicolon + 1));
        const bool is_utf8_charset =
            parameter == "charset=utf-8" || parameter == "charset=\"utf-8\"" || parameter.empty();
        if (format != Format::kJson || !is_utf8_charset) {
            return std::nullopt;
        }
    }
    return content_type_of(format);
}

bool accepts_event_stream(std::string_view accept) {
    return names_media_type(accept, "text/event-stream");
}

bool accepts_plain_text(std::string_view accept) {
    return names_media_type(accept, "text/plain") &&
           !names_media_type(accept, content_type_of(Format::kJson));
}

}  // namespace spantoll::tools
