#include "tools/commands/check_command.h"

#include <algorithm>
#include <span>
#include <string_view>

#include <fmt/format.h>

#include "schemas/limit.h"
#include "schemas/text/printable.h"
#include "tools/client/http_client.h"
#include "tools/commands/check_json.h"
#include "tools/http/limits.h"
#include "tools/http/query.h"
#include "tools/process/report.h"
#include "tools/process/standard_output.h"

namespace spantoll::tools {
namespace {

constexpr int kExitNo = 2;
constexpr int kOk = 200;

std::string check_target(std::span<const std::string> accounts) {
    std::string target = "/v1/check";
    for (size_t i = 0; i < accounts.size(); ++i) {
        target += i == 0 ? '?' : '&';
        target += "account=" + percent_encode(accounts[i]);
    }
    return target;
}

Error not_ours(const CheckOptions& options, std::string_view why) {
    return {ErrorKind::kUnavailable,
            fmt::format("{} does not answer as a spantoll processor does: {}; nothing is known of "
                        "these accounts",
                        options.url,
                        why)};
}

// The error for an answer that is not a 200.
Error error_of(const CheckOptions& options, const HttpAnswer& answer) {
    if (!answer.is_refusal()) {
        return not_ours(options, answer.error_text());
    }
    ErrorKind kind = ErrorKind::kUnavailable;
    if (answer.status == 400) {
        kind = ErrorKind::kUsage;
    } else if (answer.status == 401) {
        kind = ErrorKind::kConfig;
    }
    return {kind, answer.error_text()};
}

// Removes the first line of `text` and returns it; empty where no line end follows.
std::string_view take_line(std::string_view& text) {
    const size_t end = text.find('\n');
    if (end == std::string_view::npos) {
        return {};
    }
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(end + 1);
    return line;
}

// Reads "yes ACCOUNT level=... as_of_ms=... lag_ms=...". False where the line is not such an answer
// for that account.
bool read_line(std::string_view line, std::string_view account, CheckVerdict& verdict) {
    const bool is_yes = line.starts_with("yes  ");
    if (!is_yes && !line.starts_with("no   ")) {
        return false;
    }
    std::string_view rest = line.substr(std::string_view("yes  ").size());
    const std::string expected = printable(account) + "  level=";
    if (!rest.starts_with(expected)) {
        return false;
    }
    rest.remove_prefix(expected.size());
    if (rest.find(" as_of_ms=") == std::string_view::npos ||
        rest.find(" lag_ms=") == std::string_view::npos) {
        return false;
    }
    const std::string_view level = rest.substr(0, rest.find(' '));
    if (is_yes && (level == name_of(Action::kBlock) || level == name_of(Action::kQuarantine))) {
        return false;  // a processor never says both
    }
    verdict.is_allowed = verdict.is_allowed && is_yes;
    verdict.text += printable(line);
    verdict.text += '\n';
    return true;
}

// Expects one line for each account, in order, and nothing else. Any other text with a 200 (the
// page of a proxy, an answer that was cut) must not count as a yes.
Result<void> read_answer(const HttpAnswer& answer,
                         const CheckOptions& options,
                         std::span<const std::string> accounts,
                         CheckVerdict& verdict) {
    if (answer.status != kOk) {
        return tl::make_unexpected(error_of(options, answer));
    }
    if (answer.media_type() != "text/plain") {
        return tl::make_unexpected(not_ours(options, "the answer is no text/plain"));
    }
    std::string_view text = answer.body;
    for (const std::string& account : accounts) {
        if (!read_line(take_line(text), account, verdict)) {
            return tl::make_unexpected(
                not_ours(options, "there is no line for " + printable(account)));
        }
    }
    if (!text.empty()) {
        return tl::make_unexpected(not_ours(options, "there are more lines than accounts"));
    }
    return {};
}

}  // namespace

Result<CheckVerdict> check_accounts(const CheckOptions& options) {
    if (options.accounts.empty()) {
        return failure(ErrorKind::kUsage, "check needs an account, e.g. mastodon.social or team:x");
    }
    if (std::ranges::any_of(options.accounts, is_check_member)) {
        return failure(ErrorKind::kUsage,
                       "dimensions and estimates, as virtual_key=vk1, need --json");
    }
    Result<HttpUrl> url = parse_http_url(options.url);
    if (!url) {
        return tl::make_unexpected(url.error());
    }
    Result<HttpClientOptions> known =
        client_options({options.token_file, options.authority, options.certificate});
    if (!known) {
        return tl::make_unexpected(known.error());
    }
    HttpClient client(std::move(*url), std::move(*known));
    CheckVerdict verdict;
    for (size_t begin = 0; begin < options.accounts.size(); begin += kAccountsPerCheckMax) {
        const size_t count = std::min(kAccountsPerCheckMax, options.accounts.size() - begin);
        const std::span<const std::string> asked =
            std::span(options.accounts).subspan(begin, count);
        const Result<HttpAnswer> answer =
            client.ask({.target = check_target(asked), .headers = {{"Accept", "text/plain"}}});
        if (!answer) {
            return tl::make_unexpected(answer.error());
        }
        if (Result<void> read = read_answer(*answer, options, asked, verdict); !read) {
            return tl::make_unexpected(read.error());
        }
    }
    return verdict;
}

int check_command(const CheckOptions& options) {
    const Result<CheckVerdict> verdict =
        options.is_json ? check_json_of(options) : check_accounts(options);
    if (!verdict) {
        return report_error("check", verdict.error());
    }
    write_output(printable_lines(verdict->text));
    return verdict->is_allowed ? 0 : kExitNo;
}

}  // namespace spantoll::tools
