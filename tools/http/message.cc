#include "tools/http/message.h"

#include <array>

#include "schemas/text/json_writer.h"

namespace spantoll::tools {
namespace {

constexpr std::array<std::pair<int, std::string_view>, 23> kReasonPhrases{{
    {200, "OK"},
    {202, "Accepted"},
    {400, "Bad Request"},
    {401, "Unauthorized"},
    {403, "Forbidden"},
    {404, "Not Found"},
    {405, "Method Not Allowed"},
    {408, "Request Timeout"},
    {409, "Conflict"},
    {410, "Gone"},
    {411, "Length Required"},
    {412, "Precondition Failed"},
    {413, "Content Too Large"},
    {414, "URI Too Long"},
    {415, "Unsupported Media Type"},
    {417, "Expectation Failed"},
    {421, "Misdirected Request"},
    {422, "Unprocessable Content"},
    {431, "Request Header Fields Too Large"},
    {500, "Internal Server Error"},
    {501, "Not Implemented"},
    {503, "Service Unavailable"},
    {505, "HTTP Version Not Supported"},
}};

}  // namespace

HttpResponse error_response(int status, std::string_view code, std::string_view message) {
    HttpResponse response;
    response.status = status;
    const JsonObject error = JsonObject().add_text("code", code).add_text("message", message);
    response.body = JsonObject().add_json("error", error.str()).str() + "\n";
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

}  // namespace spantoll::tools
