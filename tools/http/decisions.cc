#include "tools/http/decisions.h"

#include <algorithm>

#include <fmt/format.h>

#include "schemas/number.h"
#include "schemas/text/decision_json.h"
#include "schemas/text/utf8.h"
#include "tools/http/error.h"
#include "tools/http/message.h"

namespace spantoll::tools {
namespace {

constexpr std::string_view kWriteSequence =
    "write the sequence of a decision, a whole number from 0 on";

tl::unexpected<Error> refuse(std::string_view parameter,
                             std::string_view value,
                             std::string_view write) {
    return failure(ErrorKind::kUsage,
                   fmt::format("{}{} will not do: {}.", parameter, shown_parameter(value), write));
}

// Reads a parameter that is known; an account was checked before.
Result<void> read_parameter(DecisionQuery& query,
                            const std::string& name,
                            const std::string& value) {
    if (name == "account") {
        query.account = value;
        return {};
    }
    if (name == "after") {
        const std::optional<uint64_t> after = parse_number<uint64_t>(value);
        query.after = after.value_or(query.after);
        return after ? Result<void>() : refuse("after=", value, kWriteSequence);
    }
    const uint64_t limit = parse_number<uint64_t>(value).value_or(0);
    if (limit < 1 || limit > kDecisionsPerAnswerMax) {
        return refuse("limit=",
                      value,
                      fmt::format("write a whole number from 1 to {}", kDecisionsPerAnswerMax));
    }
    query.count_max = limit;
    return {};
}

bool is_wanted(const store::StoredDecision& logged, const DecisionQuery& query) {
    const std::string& account = logged.decision.account;
    return (query.account.empty() || account == query.account) &&
           (!query.sees || query.sees(account));
}

// What an answer has gathered so far.
struct Gathered {
    std::string lines;
    size_t count = 0;
    size_t scanned = 0;
    uint64_t after = 0;

    bool is_full(const DecisionQuery& query) const {
        return count == query.count_max || scanned >= kDecisionsScannedMax ||
               lines.size() >= kDecisionBytesPerAnswerMax;
    }
};

void gather(Gathered& gathered,
            const DecisionQuery& query,
            const std::vector<store::StoredDecision>& page) {
    for (const store::StoredDecision& logged : page) {
        if (gathered.is_full(query)) {
            return;
        }
        gathered.after = logged.sequence;
        ++gathered.scanned;
        if (is_wanted(logged, query)) {
            gathered.lines += decision_json(logged.decision);
            gathered.lines += '\n';
            ++gathered.count;
        }
    }
}

}  // namespace

Result<DecisionQuery> read_decision_query(const QueryParameters& parameters,
                                          const std::string& last_event_id) {
    DecisionQuery query;
    for (const auto& [name, value] : parameters) {
        if (Result<void> read = read_parameter(query, name, value); !read) {
            return tl::make_unexpected(read.error());
        }
    }
    if (last_event_id.empty()) {
        return query;
    }
    const std::optional<uint64_t> after = parse_number<uint64_t>(last_event_id);
    if (!after) {
        return refuse("Last-Event-ID: ", last_event_id, kWriteSequence);
    }
    query.after = *after;
    return query;
}

std::optional<HttpResponse> refuse_ahead(const HttpBackend& backend, const DecisionQuery& query) {
    const std::optional<uint64_t> last =
        backend.last_sequence ? backend.last_sequence() : std::nullopt;
    if (!last || query.after <= *last) {
        return std::nullopt;
    }
    HttpResponse response = error_response(
        410,
        "sequence_ahead",
        fmt::format(
            "The log of decisions has come to {} and not to {}: it is another one, of a new "
            "or a restored data directory. Begin again without after and Last-Event-ID.",
            *last,
            query.after));
    response.headers.emplace_back("Spantoll-Last-Sequence", fmt::format("{}", *last));
    return response;
}

HttpResponse answer_decisions(const HttpBackend& backend, const DecisionQuery& query) {
    Gathered gathered;
    gathered.after = query.after;
    bool is_at_end = false;
    while (!is_at_end && !gathered.is_full(query)) {
        const auto page = backend.decisions(gathered.after, kDecisionsPerPage);
        if (!page) {
            return failure_response(page.error());
        }
        is_at_end = page->size() < kDecisionsPerPage;
        const size_t scanned_before = gathered.scanned;
        gather(gathered, query, *page);
        is_at_end = is_at_end && gathered.scanned - scanned_before == page->size();
    }
    HttpResponse response;
    response.content_type = "application/x-ndjson";
    response.body = std::move(gathered.lines);
    response.headers.emplace_back("Spantoll-Next-After", fmt::format("{}", gathered.after));
    response.headers.emplace_back("Spantoll-More", is_at_end ? "false" : "true");
    return response;
}

Result<DecisionEvents> read_decision_events(const HttpBackend& backend,
                                            const DecisionQuery& query) {
    const auto page = backend.decisions(query.after, kDecisionsPerPage);
    if (!page) {
        return tl::make_unexpected(page.error());
    }
    DecisionEvents events;
    events.after = page->empty() ? query.after : page->back().sequence;
    events.is_at_end = page->size() < kDecisionsPerPage;
    for (const store::StoredDecision& logged : *page) {
        if (is_wanted(logged, query)) {
            events.text += fmt::format("id: {}\nevent: decision\ndata: {}\n\n",
                                       logged.sequence,
                                       decision_json(logged.decision));
        }
    }
    return events;
}

}  // namespace spantoll::tools
