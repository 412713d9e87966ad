#pragma once

#include <string>

#include "schemas/error.h"
#include "tools/http/message.h"

namespace spantoll::tools {

// How an operating failure of the processor looks from outside: kUsage is the client's (400),
// kUnavailable passes (503 with Retry-After), anything else is ours (500). Of these the client
// learns only that it is so: the message, which may hold paths and the database's words, goes to
// the log, once in kHttpErrorLogPause. Any thread.
HttpResponse failure_response(const Error& error);

// The same in a stream of server-sent events, which ends with it:
//   event: failed
//   data: {"error":{"code":"storage_failed","message":"..."}}
std::string failure_event(const Error& error);

}  // namespace spantoll::tools
