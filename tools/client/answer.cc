#include "tools/client/answer.h"

#include <simdjson.h>

#include <fmt/format.h>

#include "schemas/ascii.h"
#include "schemas/printable.h"
#include "tools/client/limits.h"

namespace spantoll::tools {
namespace {

constexpr int kOk = 200;
constexpr int kAccepted = 202;

// A small JSON answer, parsed; lives as long as the parser in it.
class SmallJson {
  public:
    explicit SmallJson(const HttpAnswer& answer) {
        if (answer.media_type() == "application/json" &&
            answer.body.size() <= kClientJsonBytesMax &&
            parser_.parse(answer.body).get(root_) == simdjson::SUCCESS) {
            is_read_ = true;
        }
    }

    // Empty where there is no such text.
    std::optional<std::string> text(std::string_view pointer) const {
        std::string_view found;
        if (!is_read_ || root_.at_pointer(pointer).get(found) != simdjson::SUCCESS) {
            return std::nullopt;
        }
        return std::string(found);
    }

    std::optional<int64_t> number(std::string_view pointer) const {
        int64_t found = 0;
        if (!is_read_ || root_.at_pointer(pointer).get(found) != simdjson::SUCCESS) {
            return std::nullopt;
        }
        return found;
    }

  private:
    simdjson::dom::parser parser_;
    simdjson::dom::element root_;
    bool is_read_ = false;
};

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
    const SmallJson json(*this);
    return json.text("/error/code") && json.text("/error/message");
}

std::string HttpAnswer::error_text() const {
    std::optional<std::string> message = SmallJson(*this).text("/error/message");
    if (!message) {
        return fmt::format("HTTP status {}", status);
    }
    return fmt::format("{} (HTTP status {})", printable(*message), status);
}

bool HttpAnswer::is_alive() const {
    return status == kOk && SmallJson(*this).text("/status") == "alive";
}

std::optional<int64_t> HttpAnswer::posted_offset() const {
    if (status != kAccepted) {
        return std::nullopt;
    }
    const std::optional<int64_t> offset = SmallJson(*this).number("/offset");
    return offset && *offset >= 0 ? offset : std::nullopt;
}

}  // namespace spantoll::tools
