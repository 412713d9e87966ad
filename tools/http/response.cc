#include "tools/http/response.h"

#include <ctime>
#include <iterator>

#include <fmt/chrono.h>
#include <fmt/format.h>

namespace spantoll::tools {

std::string response_head(const HttpResponse& response, std::string_view more) {
    std::string head = fmt::format(
        "HTTP/1.1 {} {}\r\nDate: {:%a, %d %b %Y %H:%M:%S} GMT\r\nServer: spantoll\r\n"
        "Content-Type: {}\r\nCache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\n{}",
        response.status,
        reason_phrase(response.status),
        fmt::gmtime(std::time(nullptr)),
        response.content_type,
        more);
    for (const auto& [name, value] : response.headers) {
        fmt::format_to(std::back_inserter(head), "{}: {}\r\n", name, value);
    }
    head += "\r\n";
    return head;
}

std::string chunk_text(std::string_view piece) {
    return fmt::format("{:x}\r\n{}\r\n", piece.size(), piece);
}

}  // namespace spantoll::tools
