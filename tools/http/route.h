#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace spantoll::tools {

enum class HttpRoute : uint8_t {
    kSpans,      // POST /v1/spans
    kDecisions,  // GET /v1/decisions
    kAccount,    // GET /v1/accounts/{account}
    kCheck,      // GET, POST /v1/check
    kLevels,     // GET /v1/levels
    kAccounts,   // GET /v1/accounts
    kLimits,     // GET /v1/limits
    kConfig,     // GET, POST /v1/config
    kCommands,   // GET /v1/commands
    kGrants,     // GET, POST /v1/grants
    kGrant,      // DELETE /v1/grants/{number}
    kResets,     // POST /v1/resets
    kBackups,    // POST /v1/backups
    kKeys,       // GET /v1/keys
    kKeyImport,  // POST /v1/keys:import
    kKey,        // PUT, PATCH, DELETE /v1/keys/{name}
    kHealth,     // GET /healthz
    kReady,      // GET /readyz
    kMetrics,    // GET /metrics
    kNone,       // no such path, or a method that the path does not take
};
inline constexpr size_t kHttpRouteCount = 20;

// What watches the process: places are kept for these pages, see tools/http/places.h.
bool is_monitoring_path(std::string_view path);

// The methods of RFC 9110 and 5789. Any other method is answered 501; one of these is answered 405
// on a path that does not take it.
bool is_known_method(std::string_view method);

// For the metrics' label.
std::string_view name_of(HttpRoute route);

struct RoutedRequest {
    HttpRoute route = HttpRoute::kNone;
    std::string_view allow;    // kNone: the methods that the path takes; empty = no such path
    std::string_view segment;  // kAccount, kGrant, kKey: the last segment as sent, still encoded
};

// `path` is as sent, without the query; the result points into it. HEAD passes where GET does.
RoutedRequest find_route(std::string_view method, std::string_view path);

}  // namespace spantoll::tools
