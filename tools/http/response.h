#pragma once

#include <string>
#include <string_view>

#include "tools/http/message.h"

namespace spantoll::tools {

// Status line and headers of a response, up to the empty line. `more` are header lines of the
// connection: its length or coding, and whether it ends; each with its line end.
std::string response_head(const HttpResponse& response, std::string_view more);

// One chunk of a body in chunks; the last one is empty.
std::string chunk_text(std::string_view piece);

}  // namespace spantoll::tools
