#include "tools/http/acceptor.h"

#include <cerrno>
#include <spdlog/spdlog.h>
#include <utility>

#include <fmt/format.h>

#include "tools/http/limits.h"

namespace spantoll::tools {

namespace {

// The client left before it was accepted; the next one may be waiting behind it.
bool is_of_client(const ErrorCode& error) {
    return error == asio::error::connection_aborted || error.value() == EPROTO;
}

}  // namespace

HttpAcceptor::HttpAcceptor(asio::io_context& context,
                           HttpCounts& counts,
                           OnConnection on_connection)
    : counts_(counts),
      on_connection_(std::move(on_connection)),
      acceptor_(context),
      pause_(context) {}

Result<void> HttpAcceptor::open(const ListenAddress& address) {
    ErrorCode error;
    const Tcp::endpoint endpoint(asio::ip::make_address(address.ip, error), address.port);
    const auto is_good = [&error] { return !error; };
    // Each step only if the one before succeeded.
    is_good() && (acceptor_.open(endpoint.protocol(), error), is_good()) &&
        (acceptor_.set_option(Tcp::acceptor::reuse_address(true), error), is_good()) &&
        // Otherwise the library would wait for another client when one has left.
        (acceptor_.set_option(asio::socket_base::enable_connection_aborted(true), error),
         is_good()) &&
        (acceptor_.bind(endpoint, error), is_good()) &&
        (acceptor_.listen(asio::socket_base::max_listen_connections, error), is_good());
    if (error) {
        const bool is_taken = error == asio::error::address_in_use;
        return failure(
            is_taken ? ErrorKind::kUnavailable : ErrorKind::kConfig,
            fmt::format("cannot listen on {}:{}: {}; {}",
                        address.host,
                        address.port,
                        error.message(),
                        is_taken ? "stop the process that has the port, or give another --listen"
                                 : "give an address of this machine with --listen"));
    }
    port_ = acceptor_.local_endpoint(error).port();
    accept();
    return {};
}

void HttpAcceptor::close() {
    ErrorCode ignored;
    acceptor_.close(ignored);
    pause_.cancel(ignored);
}

void HttpAcceptor::accept() {
    acceptor_.async_accept([this](const ErrorCode& error, Tcp::socket socket) {
        if (!acceptor_.is_open()) {
            return;
        }
        if (error && !is_of_client(error)) {
            return on_failure(error);
        }
        if (!error) {
            on_connection_(std::move(socket));
        }
        accept();
    });
}

void HttpAcceptor::on_failure(const ErrorCode& error) {
    counts_.accept_failed();
    const auto now = std::chrono::steady_clock::now();
    if (now >= log_next_) {
        log_next_ = now + kHttpAcceptLogPause;
        spdlog::error(
            "HTTP: a connection could not be accepted: {}; trying again every {} ms. "
            "Look at open files (ulimit -n, fs.file-max) and memory",
            error.message(),
            kHttpAcceptPause.count());
    }
    pause_.expires_after(kHttpAcceptPause);
    pause_.async_wait([this](const ErrorCode& stopped) {
        if (!stopped) {
            accept();
        }
    });
}

}  // namespace spantoll::tools
