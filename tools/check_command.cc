#include "tools/check_command.h"

#include <algorithm>
#include <cstdio>
#include <string_view>

#include <fmt/format.h>

#include "tools/http_client.h"
#include "tools/http_limits.h"
#include "tools/http_query.h"

namespace spantoll::tools {
namespace {

constexpr int kExitNo = 2;

std::string check_target(const std::vector<std::string>& accounts, size_t begin, size_t end) {
    std::string target = "/v1/check";
    for (size_t i = begin; i < end; ++i) {
        target += i == begin ? '?' : '&';
        target += "account=" + percent_encode(accounts[i]);
    }
    return target;
}

Error error_of(const HttpAnswer& answer) {
    ErrorKind kind = ErrorKind::kUnavailable;
    if (answer.status == 400) {
        kind = ErrorKind::kUsage;
    } else if (answer.status == 401) {
        kind = ErrorKind::kConfig;
    }
    return {kind, answer.error_text()};
}

// Adds the lines of an answer; false where they are not what a processor writes.
bool add_lines(CheckVerdict& verdict, std::string_view text) {
    verdict.text += text;
    while (!text.empty()) {
        if (text.starts_with("no ")) {
            verdict.is_allowed = false;
        } else if (!text.starts_with("yes ")) {
            return false;
        }
        text.remove_prefix(std::min(text.find('\n'), text.size() - 1) + 1);
    }
    return true;
}

}  // namespace

Result<CheckVerdict> check_accounts(const CheckOptions& options) {
    if (options.accounts.empty()) {
        return failure(ErrorKind::kUsage, "check needs an account, e.g. mastodon.social or team:x");
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
    CheckVerdict verdict;
    for (size_t begin = 0; begin < options.accounts.size(); begin += kAccountsPerCheckMax) {
        const size_t end = std::min(begin + kAccountsPerCheckMax, options.accounts.size());
        Result<HttpAnswer> answer =
            client.ask({.target = check_target(options.accounts, begin, end),
                        .headers = {{"Accept", "text/plain"}}});
        if (!answer) {
            return tl::make_unexpected(answer.error());
        }
        if (!answer->is_success()) {
            return tl::make_unexpected(error_of(*answer));
        }
        if (!add_lines(verdict, answer->body)) {
            return failure(ErrorKind::kUnavailable, options.url + " is no spantoll processor");
        }
    }
    return verdict;
}

int check_command(const CheckOptions& options) {
    const Result<CheckVerdict> verdict = check_accounts(options);
    if (!verdict) {
        fmt::print(stderr, "spantoll check: {}\n", verdict.error().message);
        return static_cast<int>(verdict.error().kind);
    }
    fmt::print("{}", verdict->text);
    return verdict->is_allowed ? 0 : kExitNo;
}

}  // namespace spantoll::tools
