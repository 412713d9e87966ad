#include "tools/http/net/transport.h"

namespace spantoll::tools {

HttpTransport::HttpTransport(Tcp::socket socket, std::shared_ptr<TlsContext> tls)
    : context_(std::move(tls)) {
    if (context_ == nullptr) {
        plain_.emplace(std::move(socket));
    } else {
        tls_ = std::make_unique<asio::ssl::stream<Tcp::socket>>(std::move(socket), *context_);
    }
}

HttpTransport::~HttpTransport() = default;

void HttpTransport::begin(std::function<void(const ErrorCode&)> done) {
    if (!tls_) {
        return done({});
    }
    tls_->async_handshake(asio::ssl::stream_base::server, std::move(done));
}

void HttpTransport::end_sending(std::function<void(const ErrorCode&)> done) {
    if (!tls_) {
        ErrorCode error;
        socket().shutdown(Tcp::socket::shutdown_send, error);
        return done(error);
    }
    tls_->async_shutdown([this, done = std::move(done)](const ErrorCode& error) {
        has_ended_ = true;
        ErrorCode ignored;
        socket().shutdown(Tcp::socket::shutdown_send, ignored);
        done(error);
    });
}

void HttpTransport::close() {
    ErrorCode ignored;
    socket().close(ignored);
}

}  // namespace spantoll::tools
