#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "schemas/error.h"
#include "tools/answers/backend.h"

namespace spantoll::tools {

struct HttpServerOptions {
    std::string listen = "127.0.0.1:8620";  // port 0: the system chooses
    HttpSettings http;                      // needs a token unless `listen` is loopback
};

// The HTTP listener:
//   POST /v1/spans                one record; 202 after fsync
//   GET  /v1/decisions            JSON lines, or server-sent events
//   GET  /v1/accounts/{account}   everything about one account
//   GET  /v1/check?account=...    may it spend now?
//   GET  /healthz /readyz /metrics
// In the clear, or with TLS (tools/http/net/transport.h). Guards are described in
// tools/http/guard.h, bounds in tools/http/limits.h.
//
//   auto server = HttpServer::start({.listen = "127.0.0.1:8620"}, backend);
//   ...
//   server->get()->decisions_appended();   // after each commit that added some
//   server->get()->stop();
//
// One thread serves all sockets; what blocks runs on a few others (tools/http/service.h).
class HttpServer {
  public:
    // Listens when it returns. kConfig: the address is not one of this machine, or needs a token.
    // kUnavailable: another process has the port.
    static Result<std::unique_ptr<HttpServer>> start(const HttpServerOptions& options,
                                                     HttpBackend backend);
    ~HttpServer();  // stop()
    HttpServer(const HttpServer&) = delete;
    HttpServer& operator=(const HttpServer&) = delete;

    uint16_t port() const;

    // Streams look for new decisions at once. Any thread, at any time; cheap.
    void decisions_appended();

    // SIGHUP: reads the files of [http.tls] again. Connections from here on have them; where one
    // of them cannot be used nothing changes. Says in the log which it was. Nothing where there is
    // no TLS. Any thread.
    void reload_certificate();

    // Takes no more connections, ends the streams, answers what is under way (at most
    // kHttpStopTime, after the backend returned), joins. Idempotent; one thread.
    void stop();

  private:
    struct State;
    explicit HttpServer(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

}  // namespace spantoll::tools
