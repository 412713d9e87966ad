#pragma once

#include <optional>
#include <string_view>

#include "tools/answers/backend.h"
#include "tools/http/message.h"
#include "tools/http/route.h"

namespace spantoll::tools {

// Whether a request changes what is decided.
bool is_command(HttpRoute route, std::string_view method);

// At the end of the headers: whether the caller may ask for this. The refusal (403), or empty.
std::optional<HttpResponse> refuse_right(const HttpRequest& request, HttpRoute route);

// What the caller may see.
Sees sees_of(const HttpBackend& backend, const HttpRequest& request);

// 403: the caller does not see this account. It is the same whether there is such an account.
HttpResponse unseen_response(std::string_view account);

// The answer without names that the caller does not see. That somebody may not spend is told even
// where the reason lies with such an account.
CheckAnswer seen_part(CheckAnswer answer, const Sees& sees);

}  // namespace spantoll::tools
