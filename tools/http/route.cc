#include "tools/http/route.h"

#include <algorithm>
#include <array>

namespace spantoll::tools {
namespace {

struct Row {
    std::string_view path;
    std::string_view allow;
    HttpRoute route;
};

constexpr std::array<Row, 16> kRows{{
    {"/v1/spans", "POST", HttpRoute::kSpans},
    {"/v1/decisions", "GET, HEAD", HttpRoute::kDecisions},
    {"/v1/check", "GET, HEAD, POST", HttpRoute::kCheck},
    {"/v1/levels", "GET, HEAD", HttpRoute::kLevels},
    {"/v1/accounts", "GET, HEAD", HttpRoute::kAccounts},
    {"/v1/limits", "GET, HEAD", HttpRoute::kLimits},
    {"/v1/config", "GET, HEAD, POST", HttpRoute::kConfig},
    {"/v1/commands", "GET, HEAD", HttpRoute::kCommands},
    {"/v1/grants", "GET, HEAD, POST", HttpRoute::kGrants},
    {"/v1/resets", "POST", HttpRoute::kResets},
    {"/v1/backups", "POST", HttpRoute::kBackups},
    {"/v1/keys", "GET, HEAD", HttpRoute::kKeys},
    {"/v1/keys:import", "POST", HttpRoute::kKeyImport},
    {"/healthz", "GET, HEAD", HttpRoute::kHealth},
    {"/readyz", "GET, HEAD", HttpRoute::kReady},
    {"/metrics", "GET, HEAD", HttpRoute::kMetrics},
}};
// Paths with one more segment, which names what is asked for.
constexpr std::array<Row, 3> kPrefixRows{{
    {"/v1/accounts/", "GET, HEAD", HttpRoute::kAccount},
    {"/v1/grants/", "DELETE", HttpRoute::kGrant},
    {"/v1/keys/", "PUT, PATCH, DELETE", HttpRoute::kKey},
}};

constexpr std::array<std::string_view, kHttpRouteCount> kNames{
    "spans",      "decisions", "account", "check",  "levels",  "accounts", "limits",
    "config",     "commands",  "grants",  "grant",  "resets",  "backups",  "keys",
    "key_import", "key",       "healthz", "readyz", "metrics", "none"};

constexpr std::array<std::string_view, 9> kMethods{
    "GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "CONNECT"};

// `allow` as in the header of that name.
bool takes(std::string_view allow, std::string_view method) {
    while (!allow.empty()) {
        const size_t end = std::min(allow.find(", "), allow.size());
        if (allow.substr(0, end) == method) {
            return true;
        }
        allow.remove_prefix(std::min(end + 2, allow.size()));
    }
    return false;
}

RoutedRequest judged(const Row& row, std::string_view method, std::string_view segment) {
    if (takes(row.allow, method)) {
        return {row.route, {}, segment};
    }
    return {HttpRoute::kNone, row.allow, {}};
}

}  // namespace

bool is_monitoring_path(std::string_view path) {
    return path == "/healthz" || path == "/readyz" || path == "/metrics";
}

bool is_known_method(std::string_view method) {
    return std::ranges::find(kMethods, method) != kMethods.end();
}

std::string_view name_of(HttpRoute route) {
    return kNames[static_cast<size_t>(route)];
}

RoutedRequest find_route(std::string_view method, std::string_view path) {
    for (const Row& row : kRows) {
        if (row.path == path) {
            return judged(row, method, {});
        }
    }
    for (const Row& row : kPrefixRows) {
        if (!path.starts_with(row.path)) {
            continue;
        }
        const std::string_view segment = path.substr(row.path.size());
        if (!segment.empty() && segment.find('/') == std::string_view::npos) {
            return judged(row, method, segment);
        }
    }
    return {};
}

}  // namespace spantoll::tools
