#pragma once

#include <string_view>

#include "tools/http/message.h"

namespace spantoll::tools {

// Reads the target of a request line into path and query, both as sent: "/v1/check?account=a", or
// with the authority before it, as a proxy is asked: "http://127.0.0.1:8620/v1/check". The
// authority then stands for the Host header (RFC 9112, 3.2.2) once the headers are read; see
// take_authority(). False where it is neither.
bool read_target(std::string_view target, HttpRequest& request);

// After the headers: the target's authority, where it had one, replaces the Host header.
void take_authority(HttpRequest& request);

}  // namespace spantoll::tools
