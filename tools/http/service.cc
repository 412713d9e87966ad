#include "tools/http/service.h"

#include <algorithm>
#include <array>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "schemas/check.h"
#include "schemas/text/ascii.h"
#include "schemas/text/json_writer.h"
#include "schemas/text/utf8.h"
#include "tools/answers/metrics.h"
#include "tools/http/check.h"
#include "tools/http/commands.h"
#include "tools/http/content_type.h"
#include "tools/http/error.h"
#include "tools/http/framing.h"
#include "tools/http/limits.h"
#include "tools/http/lists.h"
#include "tools/http/query.h"
#include "tools/http/rights.h"

namespace spantoll::tools {
namespace {

HttpResponse no_route_response(std::string_view allow) {
    if (allow.empty()) {
        return error_response(404,
                              "not_found",
                              "There is /v1/spans, /v1/decisions, /v1/accounts, /v1/check, "
                              "/v1/levels, /v1/limits, /v1/config, /v1/grants, /v1/resets, "
                              "/v1/keys, /v1/keys:import, "
                              "/v1/backups, /v1/commands, /healthz, /readyz and /metrics.");
    }
    HttpResponse response =
        error_response(405, "method_not_allowed", fmt::format("This path takes {}.", allow));
    response.headers.emplace_back("Allow", allow);
    return response;
}

// The only expectation there is (RFC 9110, 10.1.1); HTTP/1.0 has none.
bool has_other_expectation(const HttpRequest& request) {
    return request.minor_version > 0 &&
           std::ranges::any_of(request.expectations, [](const std::string& expected) {
               return lower_case(expected) != "100-continue";
           });
}

HttpResponse empty_body_response() {
    return error_response(400, "empty_body", "The body must be one record of spans.");
}

HttpResponse posted_response(const Result<PostedAt>& posted) {
    if (!posted) {
        return failure_response(posted.error());
    }
    HttpResponse response;
    response.status = 202;
    response.body = JsonObject()
                        .add("offset", posted->first_offset)
                        .add("append_time_ms", posted->append_ms)
                        .str() +
                    "\n";
    return response;
}

HttpResponse account_response(const HttpBackend& backend,
                              const std::string& account,
                              const Sees& sees) {
    Result<std::optional<std::string>> answer = backend.account_json(account, sees);
    if (!answer && answer.error().kind == ErrorKind::kUsage) {
        return error_response(400, kAccountInvalid, answer.error().message);
    }
    if (!answer) {
        return failure_response(answer.error());
    }
    std::optional<std::string>& found = *answer;
    if (!found) {
        return error_response(404, "account_unknown", "Nothing is kept for this account.");
    }
    return {.body = std::move(*found)};
}

constexpr std::array<KnownParameter, 3> kDecisionParameters{{
    {.name = "after", .value = "SEQUENCE"},
    {.name = "limit", .value = "1..10000"},
    {.name = "account", .value = "ACCOUNT"},
}};
static_assert(kDecisionsPerAnswerMax == 10'000, "the message above says it");

}  // namespace

HttpService::HttpService(HttpBackend backend, HttpGuard guard)
    : backend_(std::move(backend)),
      guard_(std::move(guard)),
      workers_(kHttpWorkers, kHttpWaitingMax) {
    if (backend_.append) {
        appends_ = std::make_unique<AppendQueue>(backend_.append);
    }
}

void HttpService::stop() {
    workers_.stop();
    if (appends_) {
        appends_->stop();
    }
}

std::optional<HttpResponse> HttpService::refuse_head(HttpRequest& request) {
    const RoutedRequest routed = find_route(request.method, request.path);
    std::optional<HttpResponse> refusal = judge_head(request, routed);
    if (refusal) {
        counts_.count(routed.route, refusal->status);
    }
    return refusal;
}

std::optional<HttpResponse> HttpService::judge_head(HttpRequest& request,
                                                    const RoutedRequest& routed) const {
    if (!is_known_method(request.method)) {
        return error_response(501,
                              "method_unknown",
                              "There is no such method here; methods are written in capitals.");
    }
    if (std::optional<HttpResponse> refusal = guard_.admit(request)) {
        return refusal;
    }
    if (routed.route == HttpRoute::kNone) {
        return no_route_response(routed.allow);
    }
    if (std::optional<HttpResponse> refusal = refuse_right(request, routed.route)) {
        return refusal;
    }
    if (has_other_expectation(request)) {
        return error_response(
            417, "expectation_unknown", "The only expectation is Expect: 100-continue.");
    }
    if (is_command(routed.route, request.method)) {
        return refuse_command_head(request);
    }
    return routed.route == HttpRoute::kSpans ? judge_post(request) : std::nullopt;
}

// Whether a record can be taken, as far as the head of the request tells.
std::optional<HttpResponse> HttpService::judge_post(const HttpRequest& request) const {
    if (const Result<QueryParameters> none = read_parameters(request, {}); !none) {
        return failure_response(none.error());
    }
    if (!appends_) {
        return error_response(
            501, "source_is_kafka", "This processor reads Kafka: produce spans to its topic.");
    }
    if (std::optional<HttpResponse> refusal = refuse_content(request)) {
        return refusal;
    }
    if (request.content_length.value_or(0) > kHttpBodyBytesMax) {
        return fault_response(HttpFault::kBodyTooLarge);
    }
    if (!request.has_body) {
        return request.content_length
                   ? empty_body_response()
                   : error_response(
                         411, "length_needed", "Send Content-Length, or the body in chunks.");
    }
    return std::nullopt;
}

void HttpService::serve(HttpRequest request, HttpExchange exchange) {
    const RoutedRequest routed = find_route(request.method, request.path);
    exchange.reply =
        [this, route = routed.route, reply = std::move(exchange.reply)](HttpResponse response) {
            counts_.count(route, response.status);
            reply(std::move(response));
        };
    answer(routed, request, exchange);
}

void HttpService::answer(const RoutedRequest& routed,
                         HttpRequest& request,
                         const HttpExchange& exchange) {
    // Pages that block; the request is moved away.
    const auto run = [&](auto page) {
        run_blocking([this, asked = std::move(request), page] { return page(backend_, asked); },
                     exchange.reply);
    };
    switch (routed.route) {
        case HttpRoute::kSpans:
            return post_spans(request, exchange.reply);
        case HttpRoute::kDecisions:
            return get_decisions(request, exchange);
        case HttpRoute::kAccount:
            return get_account(request, routed.segment, exchange.reply);
        case HttpRoute::kCheck:
            return check(request, exchange.reply);
        case HttpRoute::kLevels:
            return run(get_levels);
        case HttpRoute::kAccounts:
            return run(get_accounts);
        case HttpRoute::kLimits:
            return run(get_limits);
        case HttpRoute::kConfig:
            return run(request.method == "POST" ? post_config : get_config);
        case HttpRoute::kCommands:
            return run(get_commands);
        case HttpRoute::kGrants:
            return run(request.method == "POST" ? post_grant : get_grants);
        case HttpRoute::kGrant:
            return run([number = std::string(routed.segment)](const HttpBackend& backend,
                                                              const HttpRequest& asked) {
                return delete_grant(backend, asked, number);
            });
        case HttpRoute::kResets:
            return run(post_reset);
        case HttpRoute::kBackups:
            return run([](const HttpBackend& backend, const HttpRequest& /*asked*/) {
                return post_backup(backend);
            });
        case HttpRoute::kKeys:
            return run(get_keys);
        case HttpRoute::kKeyImport:
            return run(import_keys);
        case HttpRoute::kKey:
            return run([name = std::string(routed.segment)](const HttpBackend& backend,
                                                            const HttpRequest& asked) {
                return change_key(backend, asked, name);
            });
        case HttpRoute::kHealth:
            return exchange.reply({.body = JsonObject().add_text("status", "alive").str() + "\n"});
        case HttpRoute::kReady:
            return exchange.reply(get_ready());
        case HttpRoute::kMetrics:
            return get_metrics(exchange.reply);
        case HttpRoute::kNone:
            CHECK(false, "the head was judged");
    }
}

void HttpService::post_spans(HttpRequest& request, const Reply& reply) {
    const std::optional<std::string_view> content_type = record_content_type(request);
    CHECK(appends_ && content_type, "the head was judged");
    if (request.body.empty()) {  // of no chunks
        return reply(empty_body_response());
    }
    const bool is_queued = appends_->try_add(
        {std::string(*content_type), std::move(request.body), request.caller->set},
        [reply](const Result<PostedAt>& posted) { reply(posted_response(posted)); });
    if (!is_queued) {
        reply(busy_response("busy", "Too many records wait for the disk; send it again."));
    }
}

void HttpService::get_decisions(const HttpRequest& request, const HttpExchange& exchange) {
    const Result<QueryParameters> parameters = read_parameters(request, kDecisionParameters);
    if (!parameters) {
        return exchange.reply(failure_response(parameters.error()));
    }
    for (const auto& [name, value] : *parameters) {
        if (name == "account" && !is_account_text(value)) {
            return exchange.reply(bad_account_response());
        }
    }
    const bool is_stream =
        exchange.stream && request.method == "GET" && accepts_event_stream(request.accept);
    Result<DecisionQuery> query =
        read_decision_query(*parameters, is_stream ? request.last_event_id : std::string());
    if (!query) {
        return exchange.reply(failure_response(query.error()));
    }
    // A filter by a name that no account can have would never give anything.
    if (!query->account.empty()) {
        if (const CheckAnswer answer = backend_.check(query->account); !answer.refusal.empty()) {
            return exchange.reply(error_response(400, kAccountInvalid, answer.refusal));
        }
    }
    query->sees = sees_of(backend_, request);
    if (query->sees && !query->account.empty() && !query->sees(query->account)) {
        return exchange.reply(unseen_response(query->account));
    }
    if (std::optional<HttpResponse> ahead = refuse_ahead(backend_, *query)) {
        return exchange.reply(std::move(*ahead));
    }
    if (is_stream) {
        return exchange.stream(*query);
    }
    run_blocking([this, query = *query] { return answer_decisions(backend_, query); },
                 exchange.reply);
}

void HttpService::get_account(const HttpRequest& request,
                              std::string_view segment,
                              const Reply& reply) {
    if (const Result<QueryParameters> none = read_parameters(request, {}); !none) {
        return reply(failure_response(none.error()));
    }
    const std::optional<std::string> account = percent_decode(segment);
    if (!account || !is_account_text(*account)) {
        return reply(bad_account_response());
    }
    const Sees sees = sees_of(backend_, request);
    if (sees && !sees(*account)) {
        return reply(unseen_response(*account));
    }
    run_blocking(
        [this, account = *account, sees] { return account_response(backend_, account, sees); },
        reply);
}

void HttpService::check(HttpRequest& request, const Reply& reply) {
    if (request.method != "POST") {
        return reply(get_check(backend_, request));
    }
    if (request.body.size() <= kChecksAtOnceBytesMax) {
        return reply(post_check(backend_, request));
    }
    run_blocking([this, asked = std::move(request)] { return post_check(backend_, asked); }, reply);
}

HttpResponse HttpService::get_ready() const {
    const ReadyAnswer answer = backend_.ready();
    JsonObject json;
    json.add_flag("ready", answer.is_ready);
    if (answer.is_ready) {
        return {.body = json.add_json("state", answer.json).str() + "\n"};
    }
    const JsonObject error =
        JsonObject().add_text("code", "not_ready").add_text("message", answer.reason);
    return {.status = 503,
            .body = json.add_json("error", error.str()).add_json("state", answer.json).str() + "\n",
            .headers = {{"Retry-After", "1"}}};
}

void HttpService::get_metrics(const Reply& reply) {
    run_blocking(
        [this] {
            MetricsText own;
            counts_.write(own);
            return HttpResponse{.content_type = std::string(MetricsText::kContentType),
                                .body = backend_.metrics() + own.take()};
        },
        reply);
}

void HttpService::run_blocking(std::function<HttpResponse()> make, const Reply& reply) {
    const bool is_queued = workers_.try_add([make = std::move(make), reply] { reply(make()); });
    if (!is_queued) {
        reply(busy_response("busy", "Too many requests wait; ask again."));
    }
}

}  // namespace spantoll::tools
