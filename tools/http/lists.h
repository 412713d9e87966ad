#pragma once

#include "tools/answers/backend.h"
#include "tools/http/message.h"

namespace spantoll::tools {

// GET /v1/levels, GET /v1/limits, and GET /v1/accounts?kind=&prefix=&sort=&after=&limit=
// (docs/checks.md#lists). They may block.
HttpResponse get_levels(const HttpBackend& backend, const HttpRequest& request);
HttpResponse get_limits(const HttpBackend& backend, const HttpRequest& request);
HttpResponse get_accounts(const HttpBackend& backend, const HttpRequest& request);

}  // namespace spantoll::tools
