#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace spantoll::tools {

// The answer of a server, which may not be a processor: the page of a proxy can also come with a
// 200. So the functions below trust an answer only where it has the form of a processor's answer
// (docs/operations.md).
struct HttpAnswer {
    int status = 0;
    std::vector<std::pair<std::string, std::string>> headers;
    std::string body;

    // The value of the first header with that name, in any case; empty where there is none.
    std::string_view header(std::string_view name) const;
    // The Content-Type without parameters, in lower case.
    std::string media_type() const;
    bool is_success() const { return status >= 200 && status < 300; }

    // True for a refusal by a processor: {"error":{"code":"...","message":"..."}} as JSON.
    bool is_refusal() const;
    // The message of a refusal, or the status: printable, for one line on standard error.
    std::string error_text() const;

    // True for the answer of a live processor to GET /healthz.
    bool is_alive() const;
    // For POST /v1/spans: the offset of the record; empty unless it was stored (202 with an
    // offset).
    std::optional<int64_t> posted_offset() const;
};

}  // namespace spantoll::tools
