#include "tools/http/commands.h"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

#include "schemas/number.h"
#include "schemas/text/json_writer.h"
#include "schemas/text/utf8.h"
#include "tools/configuration/configuration.h"
#include "tools/http/content_type.h"
#include "tools/http/error.h"
#include "tools/http/limits.h"
#include "tools/http/query.h"
#include "tools/http/rights.h"
#include "tools/process/parsed_json.h"

namespace spantoll::tools {
namespace {

using Outcome = CommandAnswer::Outcome;

constexpr uint64_t kCommandsPerAnswerMax = 1'000;
constexpr uint64_t kCommandsPerAnswer = 100;
constexpr size_t kKeyBytesMax = 255;

constexpr std::array<KnownParameter, 1> kChangeParameters{{
    {.name = "dry_run", .value = "1"},
}};
constexpr std::array<KnownParameter, 1> kGrantsParameters{{
    {.name = "account", .value = "ACCOUNT"},
}};
constexpr std::array<KnownParameter, 2> kCommandsParameters{{
    {.name = "from", .value = "NUMBER"},
    {.name = "limit", .value = "1..1000"},
}};

// "17" in quotation marks, as GET /v1/config gives it.
std::optional<uint64_t> parse_etag(std::string_view text) {
    if (text.size() < 3 || text.front() != '"' || text.back() != '"') {
        return std::nullopt;
    }
    return parse_number<uint64_t>(text.substr(1, text.size() - 2));
}

HttpResponse refusal_response(int status,
                              std::string_view code,
                              const std::vector<std::string>& reasons) {
    JsonArray array;
    for (const std::string& reason : reasons) {
        array.add_text(reason);
    }
    const JsonObject error = JsonObject()
                                 .add_text("code", code)
                                 .add_text("message", reasons.empty() ? "" : reasons.front());
    return {
        .status = status,
        .body = JsonObject().add_json("error", error.str()).add_json("reasons", array.str()).str() +
                "\n"};
}

HttpResponse answer_response(const CommandAnswer& answer, std::optional<int64_t> lag_ms) {
    switch (answer.outcome) {
        case Outcome::kApplied:
            return {.body = JsonObject()
                                .add("number", answer.number)
                                .add_json("outcome", answer.json)
                                .add("lag_ms", lag_ms)
                                .str() +
                            "\n"};
        case Outcome::kForeseen:
            return {.body = JsonObject()
                                .add_flag("dry_run", true)
                                .add_json("outcome", answer.json)
                                .add("lag_ms", lag_ms)
                                .str() +
                            "\n"};
        case Outcome::kAccepted:
            return {.status = 202, .body = JsonObject().add("number", answer.number).str() + "\n"};
        case Outcome::kInvalid:
            return refusal_response(422, "command_invalid", answer.reasons);
        case Outcome::kConflict:
            return refusal_response(409, "policy_from_file", answer.reasons);
        case Outcome::kMissing:
            return refusal_response(404, "not_found", answer.reasons);
        case Outcome::kKeyReused:
            return refusal_response(422, "idempotency_key_reused", answer.reasons);
        case Outcome::kStale:
            return refusal_response(412, "config_changed", answer.reasons);
        case Outcome::kBusy:
            break;
    }
    return busy_response("busy",
                         "The engine did not come round to it and nothing was done; ask again.");
}

HttpResponse lines_response(const std::vector<std::string>& lines) {
    HttpResponse response{.content_type = "application/x-ndjson"};
    for (const std::string& line : lines) {
        response.body += line + "\n";
    }
    return response;
}

std::string body_of_config(const HttpRequest& request) {
    const bool is_json = !request.content_types.empty() &&
                         request.content_types.front().starts_with("application/json");
    return is_json ? request.body : JsonObject().add_text("toml", request.body).str();
}

// A request for a command but for its body; ErrorKind::kUsage where a parameter says something
// else than dry_run.
Result<CommandRequest> command_of(const HttpRequest& request, CommandKind kind) {
    const Result<QueryParameters> parameters = read_parameters(request, kChangeParameters);
    if (!parameters) {
        return tl::make_unexpected(parameters.error());
    }
    CommandRequest command;
    command.kind = kind;
    command.by = request.caller->name;
    command.key = request.idempotency_key;
    for (const auto& [name, value] : *parameters) {
        if (value != "1" && value != "0") {
            return failure(ErrorKind::kUsage,
                           "dry_run=1 asks what would follow and changes nothing.");
        }
        command.is_dry_run = value == "1";
    }
    return command;
}

struct PostedCommand {
    CommandKind kind = CommandKind::kGrant;
    CommandRequest::Form form = CommandRequest::Form::kWhole;
};

// The body is what is asked for.
HttpResponse post_command(const HttpBackend& backend,
                          const HttpRequest& request,
                          const PostedCommand& posted) {
    if (request.body.empty()) {
        return error_response(
            400, "empty_body", "The body must be JSON that says what is to change.");
    }
    if (!is_utf8(request.body)) {
        return error_response(400, "not_utf8", "The body must be UTF-8.");
    }
    Result<CommandRequest> command = command_of(request, posted.kind);
    if (!command) {
        return failure_response(command.error());
    }
    command->body = request.body;
    command->form = posted.form;
    return answer_response(backend.command(std::move(*command)), backend.lag_ms());
}

// A body for one key, with the name of the path in it. What is not an object is for the engine to
// refuse.
std::string body_of_key(std::string_view body, std::string_view name) {
    const auto members = json_members(body);
    if (!members) {
        return std::string(body);
    }
    JsonObject json;
    json.add_text("name", name);
    for (const auto& [member, value] : *members) {
        if (member != "name") {
            json.add_json(member, value);
        }
    }
    return json.str();
}

bool names_another_key(std::string_view body, std::string_view name) {
    const ParsedJson json(body);
    return json_members(body) && json.has("/name") && json.text("/name") != name;
}

}  // namespace

std::optional<HttpResponse> refuse_command_head(const HttpRequest& request) {
    if (request.content_length.value_or(0) > kHttpBodyBytesMax) {
        return error_response(
            413,
            "body_too_large",
            fmt::format("The body of a command has at most {} MiB.", kHttpBodyBytesMax >> 20));
    }
    if (!request.content_encodings.empty()) {
        return error_response(415, "content_encoding_refused", "Send the policy uncompressed.");
    }
    if (request.idempotency_key.size() > kKeyBytesMax) {
        return error_response(
            400,
            "idempotency_key_invalid",
            fmt::format("An Idempotency-Key has at most {} bytes.", kKeyBytesMax));
    }
    return std::nullopt;
}

HttpResponse post_config(const HttpBackend& backend, const HttpRequest& request) {
    if (request.body.empty()) {
        return refusal_response(400, "empty_body", {fmt::format("config: {}", kEmptyPolicy)});
    }
    if (!is_utf8(request.body)) {
        return error_response(400, "not_utf8", "The policy must be UTF-8.");
    }
    Result<CommandRequest> command = command_of(request, CommandKind::kConfig);
    if (!command) {
        return failure_response(command.error());
    }
    command->body = body_of_config(request);
    if (!request.if_match.empty() && request.if_match != "*") {
        command->if_config = parse_etag(request.if_match);
        if (!command->if_config) {
            return error_response(400,
                                  "if_match_invalid",
                                  "If-Match takes the ETag of GET /v1/config, such as \"17\".");
        }
    }
    return answer_response(backend.command(std::move(*command)), backend.lag_ms());
}

HttpResponse get_config(const HttpBackend& backend, const HttpRequest& /*request*/) {
    const PolicyView view = backend.policy();
    return {.content_type = "application/toml",
            .body = view.toml,
            .headers = {{"ETag", fmt::format("\"{}\"", view.number)}}};
}

HttpResponse get_commands(const HttpBackend& backend, const HttpRequest& request) {
    const Result<QueryParameters> parameters = read_parameters(request, kCommandsParameters);
    if (!parameters) {
        return failure_response(parameters.error());
    }
    uint64_t from = 1;
    uint64_t limit = kCommandsPerAnswer;
    for (const auto& [name, value] : *parameters) {
        const std::optional<uint64_t> number = parse_number<uint64_t>(value);
        const bool is_limit = name == "limit";
        if (!number || (is_limit && (*number == 0 || *number > kCommandsPerAnswerMax))) {
            return error_response(400,
                                  "parameter_invalid",
                                  fmt::format("{}={}: write {}.",
                                              name,
                                              shown_parameter(value),
                                              is_limit ? "1 to 1000" : "the number of a command"));
        }
        (is_limit ? limit : from) = *number;
    }
    const Result<std::vector<std::string>> lines = backend.commands(from, limit);
    if (!lines) {
        return failure_response(lines.error());
    }
    return lines_response(*lines);
}

HttpResponse post_grant(const HttpBackend& backend, const HttpRequest& request) {
    return post_command(backend, request, {CommandKind::kGrant});
}

HttpResponse post_reset(const HttpBackend& backend, const HttpRequest& request) {
    return post_command(backend, request, {CommandKind::kReset});
}

HttpResponse get_grants(const HttpBackend& backend, const HttpRequest& request) {
    const Result<QueryParameters> parameters = read_parameters(request, kGrantsParameters);
    if (!parameters) {
        return failure_response(parameters.error());
    }
    std::string account;
    for (const auto& [name, value] : *parameters) {
        account = value;
    }
    const Result<std::vector<std::string>> lines =
        backend.grants(sees_of(backend, request), account);
    return lines ? lines_response(*lines) : failure_response(lines.error());
}

HttpResponse post_backup(const HttpBackend& backend) {
    Result<std::string> made = backend.backup();
    return made ? HttpResponse{.body = *made + "\n"} : failure_response(made.error());
}

HttpResponse delete_grant(const HttpBackend& backend,
                          const HttpRequest& request,
                          std::string_view number) {
    const std::optional<uint64_t> parsed = parse_number<uint64_t>(number);
    if (!parsed) {
        return error_response(
            404, "not_found", "A grant has the number of its command: DELETE /v1/grants/17.");
    }
    Result<CommandRequest> command = command_of(request, CommandKind::kGrantEnd);
    if (!command) {
        return failure_response(command.error());
    }
    command->body = JsonObject().add("grant", *parsed).str();
    return answer_response(backend.command(std::move(*command)), backend.lag_ms());
}

HttpResponse get_keys(const HttpBackend& backend, const HttpRequest& request) {
    if (const Result<QueryParameters> none = read_parameters(request, {}); !none) {
        return failure_response(none.error());
    }
    const Result<std::vector<std::string>> lines = backend.keys(sees_of(backend, request));
    return lines ? lines_response(*lines) : failure_response(lines.error());
}

HttpResponse import_keys(const HttpBackend& backend, const HttpRequest& request) {
    return post_command(backend, request, {CommandKind::kKey, CommandRequest::Form::kLines});
}

HttpResponse change_key(const HttpBackend& backend,
                        const HttpRequest& request,
                        std::string_view name) {
    const std::optional<std::string> decoded = percent_decode(name);
    if (!decoded || !is_utf8(*decoded) || !is_utf8(request.body)) {
        return error_response(400, "not_utf8", "Name and body must be UTF-8, the name encoded.");
    }
    const bool is_removal = request.method == "DELETE";
    Result<CommandRequest> command =
        command_of(request, is_removal ? CommandKind::kKeyRemoved : CommandKind::kKey);
    if (!command) {
        return failure_response(command.error());
    }
    if (is_removal) {
        command->body = JsonObject().add_text("name", *decoded).str();
    } else if (names_another_key(request.body, *decoded)) {
        return error_response(
            400, "name_differs", "The path names one key and the body another: leave that out.");
    } else {
        command->body = body_of_key(request.body, *decoded);
        command->form = request.method == "PATCH" ? CommandRequest::Form::kChange
                                                  : CommandRequest::Form::kWhole;
    }
    return answer_response(backend.command(std::move(*command)), backend.lag_ms());
}

}  // namespace spantoll::tools
