#pragma once

#include <string>

#include "schemas/error.h"
#include "tools/http/message.h"

namespace spantoll::tools {

// How an operating failure of the processor looks from outside: kUsage is the client's (400),
// kUnavailable passes (503 with Retry-After), anything else is ours (500). Of a 500 the client is
// not told the reason: the message, which may have paths and the database's own words in it, goes
// to the log, at most once in kHttpErrorLogPause. Any thread.
HttpResponse failure_response(const Error& error);

// The same in a stream of server-sent events, which ends with it:
//   event: failed
//   data: {"error":{"code":"storage_failed","message":"..."}}
std::string failure_event(const Error& error);

}  // namespace spantoll::tools
