#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "tools/http/message.h"

namespace spantoll::tools {

// The media type of a record that may be posted: application/x-flatbuffers, application/json or
// application/x-protobuf, in lower case and without parameters. JSON may say charset=utf-8. Empty
// for anything else: a web page can post text/plain, forms and no type at all without asking, so
// none of these may pass.
std::optional<std::string> record_content_type(const HttpRequest& request);

// True where an Accept header asks for server-sent events.
bool accepts_event_stream(std::string_view accept);

// True where an Accept header prefers plain text over JSON: it names text/plain and no JSON.
bool accepts_plain_text(std::string_view accept);

}  // namespace spantoll::tools
