#include "tools/commands/check_json.h"

#include <algorithm>

#include <fmt/format.h>

#include "schemas/dimension.h"
#include "schemas/number.h"
#include "schemas/text/json_writer.h"
#include "tools/client/http_client.h"
#include "tools/http/limits.h"
#include "tools/http/query.h"
#include "tools/process/parsed_json.h"

namespace spantoll::tools {
namespace {

constexpr std::string_view kEstimate = "estimate.";
constexpr int kOk = 200;

// The name before '='.
std::string_view name_in(std::string_view word) {
    return word.substr(0, word.find('='));
}

// One check of these words.
Result<std::string> body_of(const std::vector<std::string>& words) {
    JsonObject check;
    JsonObject estimate;
    bool has_estimate = false;
    for (const std::string_view word : words) {
        const std::string_view name = name_in(word);
        const std::string_view value = word.substr(name.size() + 1);
        if (!name.starts_with(kEstimate)) {
            check.add_text(name, value);
            continue;
        }
        const std::string_view meter = name.substr(kEstimate.size());
        has_estimate = true;
        if (meter == "usd") {
            estimate.add_text(meter, value);
        } else if (parse_number<uint64_t>(value)) {
            estimate.add_json(meter, value);
        } else {
            return failure(
                ErrorKind::kUsage,
                fmt::format("{} will not do: write a whole number, as {}=1200", word, name));
        }
    }
    if (has_estimate) {
        check.add_json("estimate", estimate.str());
    }
    return JsonObject().add_json("checks", JsonArray().add_json(check.str()).str()).str();
}

std::string target_of(const std::vector<std::string>& accounts) {
    std::string target = "/v1/check";
    for (size_t i = 0; i < accounts.size(); ++i) {
        target += (i == 0 ? "?account=" : "&account=") + percent_encode(accounts[i]);
    }
    return target;
}

Error not_ours(const CheckOptions& options, std::string_view why) {
    return {ErrorKind::kUnavailable,
            fmt::format("{} does not answer as a spantoll processor does: {}", options.url, why)};
}

// `pointer`: to what says yes or no.
Result<CheckVerdict> read_answer(const HttpAnswer& answer,
                                 const CheckOptions& options,
                                 std::string_view pointer) {
    if (answer.status != kOk) {
        ErrorKind kind = ErrorKind::kUnavailable;
        if (answer.is_refusal() && answer.status == 400) {
            kind = ErrorKind::kUsage;
        } else if (answer.is_refusal() && answer.status == 401) {
            kind = ErrorKind::kConfig;
        }
        return answer.is_refusal() ? failure(kind, answer.error_text())
                                   : tl::make_unexpected(not_ours(options, answer.error_text()));
    }
    const std::optional<bool> is_allowed = ParsedJson(answer.body).flag(pointer);
    if (answer.media_type() != "application/json" || !is_allowed) {
        return tl::make_unexpected(not_ours(options, "the answer says neither yes nor no"));
    }
    return CheckVerdict{*is_allowed, answer.body};
}

}  // namespace

bool is_check_member(std::string_view word) {
    const std::string_view name = name_in(word);
    return name.size() < word.size() && (name.starts_with(kEstimate) || parse_dimension(name));
}

Result<CheckVerdict> check_json_of(const CheckOptions& options) {
    const auto members = static_cast<size_t>(std::ranges::count_if(
        options.accounts, [](const auto& word) { return is_check_member(word); }));
    if (members != 0 && members != options.accounts.size()) {
        return failure(ErrorKind::kUsage,
                       "write accounts, as team:x, or the dimensions of one check, as team=x, and "
                       "not both");
    }
    if (members == 0 && options.accounts.size() > kAccountsPerCheckMax) {
        return failure(ErrorKind::kUsage,
                       fmt::format("--json takes {} accounts at the most", kAccountsPerCheckMax));
    }
    Result<HttpUrl> url = parse_http_url(options.url);
    if (!url) {
        return tl::make_unexpected(url.error());
    }
    Result<std::string> token = client_token(options.token_file);
    if (!token) {
        return tl::make_unexpected(token.error());
    }
    HttpClient client(std::move(*url), {.token = std::move(*token)});
    if (members == 0) {
        return client.ask({.target = target_of(options.accounts)})
            .and_then([&](const auto& answer) { return read_answer(answer, options, "/allowed"); });
    }
    const Result<std::string> body = body_of(options.accounts);
    if (!body) {
        return tl::make_unexpected(body.error());
    }
    return client
        .ask({.method = "POST",
              .target = "/v1/check",
              .headers = {{"Content-Type", "application/json"}},
              .body = *body})
        .and_then(
            [&](const auto& answer) { return read_answer(answer, options, "/results/0/allowed"); });
}

}  // namespace spantoll::tools
