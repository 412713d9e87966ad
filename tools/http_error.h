#pragma once

#include "schemas/error.h"
#include "tools/http_message.h"

namespace spantoll::tools {

// How an operating failure of the processor looks from outside: kUsage is the client's (400),
// kUnavailable passes (503 with Retry-After), anything else is ours (500).
HttpResponse failure_response(const Error& error);

}  // namespace spantoll::tools
