#pragma once

#include <optional>
#include <string_view>

#include "tools/answers/backend.h"
#include "tools/http/message.h"

namespace spantoll::tools {

// The pages that change what is decided, and those that tell of it (docs/commands.md). All of them
// block: they run on a worker.

// POST /v1/config: a policy as TOML, or as {"toml": "..."}.
//   200 {"number":17,...} applied   202 {"number":17} on disk, applied soon
//   409 the policy comes from the file   412 If-Match names another   422
//   {"error":..,"reasons":[..]}
HttpResponse post_config(const HttpBackend& backend, const HttpRequest& request);
// GET /v1/config: the policy that holds, as TOML, with its number as ETag.
HttpResponse get_config(const HttpBackend& backend, const HttpRequest& request);
// GET /v1/commands?from=N&limit=M: JSON lines.
HttpResponse get_commands(const HttpBackend& backend, const HttpRequest& request);

// POST /v1/grants: {"limit":"key-day","account":"team:a","amount":"5","until":"window"}.
// POST /v1/resets: {"limit":"key-day","account":"team:a"}.
HttpResponse post_grant(const HttpBackend& backend, const HttpRequest& request);
HttpResponse post_reset(const HttpBackend& backend, const HttpRequest& request);
// GET /v1/grants: those that act, as JSON lines.
HttpResponse get_grants(const HttpBackend& backend, const HttpRequest& request);
// DELETE /v1/grants/N: 404 where no grant of that number acts.
HttpResponse delete_grant(const HttpBackend& backend,
                          const HttpRequest& request,
                          std::string_view number);

// POST /v1/backups: 200 with where the backup is and what it says of itself.
HttpResponse post_backup(const HttpBackend& backend);
// GET /v1/keys: those that hold, as JSON lines.
HttpResponse get_keys(const HttpBackend& backend, const HttpRequest& request);
// POST /v1/keys:import: JSON lines, each a whole key with its name; all are taken or none.
HttpResponse import_keys(const HttpBackend& backend, const HttpRequest& request);
// PUT, PATCH and DELETE /v1/keys/NAME; the name is encoded as in every path.
HttpResponse change_key(const HttpBackend& backend,
                        const HttpRequest& request,
                        std::string_view name);

// At the end of the headers: whether a command could be taken. The refusal, or empty.
std::optional<HttpResponse> refuse_command_head(const HttpRequest& request);

}  // namespace spantoll::tools
