#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "schemas/error.h"
#include "tools/answers/backend.h"
#include "tools/http/limits.h"
#include "tools/http/message.h"
#include "tools/http/query.h"

namespace spantoll::tools {

// Which decisions a client asks for: `?after=SEQ&limit=N&account=A`, or the Last-Event-ID that a
// browser sends when it comes back to a stream.
struct DecisionQuery {
    uint64_t after = 0;  // 0 = from the oldest that is kept
    size_t count_max = kDecisionsPerAnswerDefault;
    std::string account;  // empty = all
    Sees sees = {};       // and of these only those that may be seen
};

// kUsage: a parameter that is unknown, or is not a number in its range. One sentence.
Result<DecisionQuery> read_decision_query(const QueryParameters& parameters,
                                          const std::string& last_event_id);

// 410 where `after` lies ahead of the log, as when the data directory was replaced by a new one:
// decisions would be missed until the log had grown as long again. The header
// Spantoll-Last-Sequence says how far the log has come.
std::optional<HttpResponse> refuse_ahead(const HttpBackend& backend, const DecisionQuery& query);

// JSON lines. The header Spantoll-Next-After is the sequence from which to ask on, and
// Spantoll-More says whether there may be more already. Blocks: reads the log page by page.
HttpResponse answer_decisions(const HttpBackend& backend, const DecisionQuery& query);

// One read for a stream, from query.after on: the server-sent events of at most kDecisionsPerPage
// rows.
struct DecisionEvents {
    std::string text;        // empty where no row of the page is wanted
    uint64_t after = 0;      // the last row looked at, wanted or not
    bool is_at_end = false;  // the log had no more
};
Result<DecisionEvents> read_decision_events(const HttpBackend& backend, const DecisionQuery& query);

}  // namespace spantoll::tools
