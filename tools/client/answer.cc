#include "tools/client/answer.h"

#include <fmt/format.h>

#include "schemas/text/ascii.h"
#include "schemas/text/printable.h"
#include "tools/client/limits.h"
#include "tools/process/parsed_json.h"

namespace spantoll::tools {
namespace {

constexpr int kOk = 200;
constexpr int kAccepted = 202;

// Empty where the answer is not a small JSON text; an empty text has no members.
std::string_view small_json(const HttpAnswer& answer) {
    const bool is_small =
        answer.media_type() == "application/json" && answer.body.size() <= kClientJsonBytesMax;
    return is_small ? std::string_view(answer.body) : std::string_view();
}

}  // namespace

std::string_view HttpAnswer::header(std::string_view name) const {
    for (const auto& [known, value] : headers) {
        if (lower_case(known) == lower_case(name)) {
            return value;
        }
    }
    return {};
}

std::string HttpAnswer::media_type() const {
    const std::string_view value = header("Content-Type");
    const std::string_view type = value.substr(0, value.find(';'));
    return lower_case(type.substr(0, type.find_last_not_of(" \t") + 1));
}

bool HttpAnswer::is_refusal() const {
    const ParsedJson json(small_json(*this));
    return json.text("/error/code") && json.text("/error/message");
}

std::string HttpAnswer::error_text() const {
    const ParsedJson json(small_json(*this));
    const std::optional<std::string_view> message = json.text("/error/message");
    if (!message) {
        return fmt::format("HTTP status {}", status);
    }
    return fmt::format("{} (HTTP status {})", printable(*message), status);
}

bool HttpAnswer::is_alive() const {
    return status == kOk && ParsedJson(small_json(*this)).text("/status") == "alive";
}

std::optional<int64_t> HttpAnswer::posted_offset() const {
    if (status != kAccepted) {
        return std::nullopt;
    }
    const std::optional<int64_t> offset = ParsedJson(small_json(*this)).number("/offset");
    return offset && *offset >= 0 ? offset : std::nullopt;
}

}  // namespace spantoll::tools
