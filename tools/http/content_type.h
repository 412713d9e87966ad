#pragma once

#include <optional>
#include <string_view>

#include "tools/http/message.h"

namespace spantoll::tools {

// The media type of a record that may be posted, one of content_type_of() in schemas/format.h.
// Only JSON may have a parameter, which says charset=utf-8. Empty for anything else: a web page can
// post text/plain, forms and no type at all without asking, so none of these may pass.
std::optional<std::string_view> record_content_type(const HttpRequest& request);

// 415 where a record of that type, or compressed, is not taken; else empty.
std::optional<HttpResponse> refuse_content(const HttpRequest& request);

// True where an Accept header asks for server-sent events.
bool accepts_event_stream(std::string_view accept);

// True where an Accept header prefers plain text over JSON: it names text/plain and no JSON.
bool accepts_plain_text(std::string_view accept);

}  // namespace spantoll::tools
