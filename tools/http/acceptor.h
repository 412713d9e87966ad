#pragma once

#include <chrono>
#include <functional>

#include "schemas/error.h"
#include "tools/configuration/listen_address.h"
#include "tools/http/counts.h"
#include "tools/http/net/asio.h"

namespace spantoll::tools {

// Takes connections for as long as it is open. A failed accept(2) is not final: descriptors, memory
// and permissions come back, often because another process gave them up. It is counted, logged at
// most once in kHttpAcceptLogPause, and tried again after kHttpAcceptPause.
// Serving thread only, but for open(), which comes before it runs.
class HttpAcceptor {
  public:
    using OnConnection = std::function<void(Tcp::socket)>;

    // All must outlive this.
    HttpAcceptor(asio::io_context& context, HttpCounts& counts, OnConnection on_connection);

    // Listens when it returns. kConfig: the address is not one of this machine. kUnavailable:
    // another process has the port.
    Result<void> open(const ListenAddress& address);
    uint16_t port() const { return port_; }
    void close();

  private:
    void accept();
    void on_failure(const ErrorCode& error);

    HttpCounts& counts_;
    const OnConnection on_connection_;
    Tcp::acceptor acceptor_;
    asio::steady_timer pause_;
    uint16_t port_ = 0;
    std::chrono::steady_clock::time_point log_next_;
};

}  // namespace spantoll::tools
