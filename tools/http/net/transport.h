#pragma once

#include <array>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/write.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <utility>

#include "tools/http/net/asio.h"
#include "tools/http/net/tls_context.h"

namespace spantoll::tools {

// The bytes of one connection, in the clear or through TLS. Handlers are called as Asio calls them.
// Serving thread.
//
//   begin --> read_some, write (one of each at a time) --> end_sending --> read_some --> close
class HttpTransport {
  public:
    // `tls`: null for a connection in the clear.
    HttpTransport(Tcp::socket socket, std::shared_ptr<TlsContext> tls);
    HttpTransport(const HttpTransport&) = delete;
    HttpTransport& operator=(const HttpTransport&) = delete;
    ~HttpTransport();

    // Shakes hands, where there is TLS; else `done` is called at once.
    void begin(std::function<void(const ErrorCode&)> done);

    // After end_sending() what still comes is read as it is: nobody looks at it.
    template <typename Handler>
    void read_some(const asio::mutable_buffer& buffer, Handler handler) {
        if (tls_ && !has_ended_) {
            return tls_->async_read_some(buffer, std::move(handler));
        }
        socket().async_read_some(buffer, std::move(handler));
    }
    // All of both.
    template <typename Handler>
    void write(const std::array<asio::const_buffer, 2>& pieces, Handler handler) {
        if (tls_) {
            return asio::async_write(*tls_, pieces, std::move(handler));
        }
        asio::async_write(socket(), pieces, std::move(handler));
    }

    // Says to the peer that nothing more comes. With TLS that takes until the peer has said the
    // same; `done` with an error where it says something else, or the connection is gone.
    void end_sending(std::function<void(const ErrorCode&)> done);
    bool has_tls() const { return tls_ != nullptr; }
    void close();
    Tcp::socket& socket() { return tls_ ? tls_->next_layer() : *plain_; }

  private:
    const std::shared_ptr<TlsContext> context_;
    std::optional<Tcp::socket> plain_;  // one of the two
    std::unique_ptr<asio::ssl::stream<Tcp::socket>> tls_;
    bool has_ended_ = false;
};

}  // namespace spantoll::tools
