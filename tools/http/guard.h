#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "schemas/error.h"
#include "tools/access/caller.h"
#include "tools/configuration/listen_address.h"
#include "tools/http/message.h"

namespace spantoll::tools {

// Who may speak to the listener. A processor on a developer's loopback is reachable from every web
// page that the developer opens, so loopback alone is no guard:
//   Host     must be the listener's own, else 421: a page that rebinds its DNS name to 127.0.0.1
//            still sends its own name. Not checked on other addresses, which have many names and
//            need the token. HTTP/1.0 may leave it out on the health pages.
//   Origin   where given must be the listener's own, else 403: browsers send it with every
//            cross-site request that scripts may read or that carries a body.
//   Bearer   a token, where some are configured; not for the health pages. Who asks is told by it,
//            and tools/http/rights.h says what they may.
// Constant after construction; any thread.
class HttpGuard {
  public:
    // kConfig: the address is not loopback and there is no token, or no client could send it.
    static Result<HttpGuard> create(const ListenAddress& address, const HttpSettings& http);

    // The port that the system chose for port 0; before the first request.
    void set_port(uint16_t port);

    // The refusal, or empty where the request may go on; it has its caller then.
    std::optional<HttpResponse> admit(HttpRequest& request) const;

  private:
    HttpGuard(const ListenAddress& address, const HttpSettings& http);
    bool is_own_host(const HttpRequest& request) const;
    bool is_own_origin(const HttpRequest& request) const;
    std::shared_ptr<const Caller> caller_of(const HttpRequest& request) const;

    ListenAddress address_;
    Callers callers_;
    std::vector<std::string> own_hosts_;  // lower case, with port; empty = not checked
};

// The pages that a load balancer may ask for without a token.
bool is_health_path(std::string_view path);

}  // namespace spantoll::tools
