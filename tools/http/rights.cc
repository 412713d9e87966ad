#include "tools/http/rights.h"

#include <utility>

#include <fmt/format.h>

#include "tools/http/query.h"

namespace spantoll::tools {
namespace {

bool is_reading(std::string_view method) {
    return method == "GET" || method == "HEAD";
}

// Empty for the health pages, which need no token.
std::optional<Right> right_for(HttpRoute route, const HttpRequest& request) {
    if (is_command(route, request.method)) {
        return Right::kCommand;
    }
    switch (route) {
        case HttpRoute::kSpans:
            return Right::kSpans;
        case HttpRoute::kCheck:
            return Right::kCheck;
        case HttpRoute::kDecisions:
        case HttpRoute::kAccount:
        case HttpRoute::kAccounts:
        case HttpRoute::kLevels:
        case HttpRoute::kLimits:
        case HttpRoute::kGrants:
        case HttpRoute::kKeys:
        case HttpRoute::kMetrics:
            return Right::kRead;
        case HttpRoute::kConfig:
        case HttpRoute::kCommands:
            // They name everybody. Who reaches a loopback address without tokens sees everything
            // anyway.
            return request.caller->is_anonymous ? Right::kRead : Right::kCommand;
        case HttpRoute::kGrant:
        case HttpRoute::kResets:
        case HttpRoute::kBackups:
        case HttpRoute::kKeyImport:
        case HttpRoute::kKey:
        case HttpRoute::kHealth:
        case HttpRoute::kReady:
        case HttpRoute::kNone:
            break;
    }
    return std::nullopt;
}

}  // namespace

bool is_command(HttpRoute route, std::string_view method) {
    const bool takes_commands = route == HttpRoute::kConfig || route == HttpRoute::kGrants ||
                                route == HttpRoute::kGrant || route == HttpRoute::kResets ||
                                route == HttpRoute::kBackups || route == HttpRoute::kKeyImport ||
                                route == HttpRoute::kKey;
    return takes_commands && !is_reading(method);
}

std::optional<HttpResponse> refuse_right(const HttpRequest& request, HttpRoute route) {
    const std::optional<Right> right = right_for(route, request);
    if (!right) {
        return std::nullopt;
    }
    const Caller& caller = *request.caller;
    if (!caller.may.has(*right)) {
        return caller.is_anonymous
                   ? error_response(403,
                                    "commands_closed",
                                    "Commands need a token: set token in [http], or open_commands "
                                    "= true to take them from whoever reaches this loopback "
                                    "address.")
                   : error_response(403,
                                    "right_missing",
                                    fmt::format("The token {} may not do this: its may in "
                                                "[[http.token]] lacks \"{}\".",
                                                caller.name,
                                                name_of(*right)));
    }
    const bool is_about_all = route == HttpRoute::kMetrics || route == HttpRoute::kLimits;
    if (is_about_all && caller.is_limited()) {
        return error_response(
            403,
            "not_for_some",
            "This page is about all accounts: ask with a token that has no accounts.");
    }
    return std::nullopt;
}

Sees sees_of(const HttpBackend& backend, const HttpRequest& request) {
    return sees_of(request.caller, backend.ancestors);
}

HttpResponse unseen_response(std::string_view account) {
    return error_response(
        403,
        "account_not_yours",
        fmt::format("This token sees its own accounts and those below them: {} is none of them.",
                    shown_parameter(account)));
}

CheckAnswer seen_part(CheckAnswer answer, const Sees& sees) {
    if (!sees) {
        return answer;
    }
    const auto hide = [&](std::string& account, std::string& limit) {
        if (!sees(account)) {
            account = kUnseen;
            limit = limit.empty() ? std::string() : std::string(kUnseen);
        }
    };
    for (CheckFlag& flag : answer.flags) {
        hide(flag.account, flag.limit);
    }
    for (CheckDoubt& doubt : answer.doubts) {
        hide(doubt.account, doubt.limit);
    }
    for (CheckOverflow& overflow : answer.overflows) {
        hide(overflow.account, overflow.limit);
        if (overflow.account == kUnseen) {
            overflow.charged_to = kUnseen;
        }
    }
    return answer;
}

}  // namespace spantoll::tools
