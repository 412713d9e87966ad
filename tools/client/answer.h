#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace spantoll::tools {

// What a server answered, whoever it is: a proxy's page comes with a 200 too. So what is asked
// below is believed only where the answer has the shape of a processor's (docs/operations.md).
struct HttpAnswer {
    int status = 0;
    std::vector<std::pair<std::string, std::string>> headers;
    std::string body;

    // The value of the first header of that name, in any case; empty where there is none.
    std::string_view header(std::string_view name) const;
    // The Content-Type without parameters, in lower case.
    std::string media_type() const;
    bool is_success() const { return status >= 200 && status < 300; }

    // {"error":{"code":"...","message":"..."}} as JSON: a processor's refusal.
    bool is_refusal() const;
    // The sentence of a refusal, or the status: printable, for one line on standard error.
    std::string error_text() const;

    // GET /healthz of a processor that lives.
    bool is_alive() const;
    // POST /v1/spans: where the record stands; empty unless it was stored (202 with an offset).
    std::optional<int64_t> posted_offset() const;
};

}  // namespace spantoll::tools
