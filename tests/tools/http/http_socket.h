#pragma once

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <memory>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <string>
#include <string_view>
#include <sys/socket.h>
#include <system_error>
#include <unistd.h>
#include <utility>

#include <fmt/format.h>

#include "schemas/error.h"

namespace spantoll::tools {

inline constexpr size_t kReceiveBytes = 64u << 10;

inline std::string socket_error_text(int error) {
    return std::generic_category().message(error);
}

// Waits until `events` are there. 0, or the errno of what went wrong.
inline int wait_for(int descriptor,
                    int16_t events,
                    std::chrono::steady_clock::time_point deadline) {
    while (true) {
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(
            deadline - std::chrono::steady_clock::now());
        if (left.count() <= 0) {
            return ETIMEDOUT;
        }
        pollfd polled{.fd = descriptor, .events = events, .revents = 0};
        const int ready =
            poll(&polled, 1, static_cast<int>(std::min<int64_t>(left.count(), 60'000)));
        if (ready > 0) {
            return 0;
        }
        if (ready < 0 && errno != EINTR) {
            return errno;
        }
    }
}

// A connected descriptor, or the negative errno.
inline int connect_to(const addrinfo& address, std::chrono::steady_clock::time_point deadline) {
    const int descriptor = socket(
        address.ai_family, address.ai_socktype | SOCK_NONBLOCK | SOCK_CLOEXEC, address.ai_protocol);
    if (descriptor < 0) {
        return -errno;
    }
    int error = 0;
    if (connect(descriptor, address.ai_addr, address.ai_addrlen) != 0) {
        error = errno;
        if (error == EINPROGRESS) {
            error = wait_for(descriptor, POLLOUT, deadline);
            socklen_t length = sizeof error;
            if (error == 0) {
                getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &error, &length);
            }
        }
    }
    if (error != 0) {
        close(descriptor);
        return -error;
    }
    const int on = 1;
    setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    return descriptor;
}

// A bare TCP connection, to send what no good client would send, with a deadline for every call.
// Owns its descriptor; one thread.
class HttpSocket {
  public:
    using Deadline = std::chrono::steady_clock::time_point;

    // kUnavailable: the host is not known, or no address of it takes the connection in time.
    static Result<HttpSocket> connect(const std::string& host, uint16_t port, Deadline deadline);
    ~HttpSocket();
    HttpSocket(HttpSocket&& other) noexcept;
    HttpSocket& operator=(HttpSocket&& other) noexcept;
    HttpSocket(const HttpSocket&) = delete;
    HttpSocket& operator=(const HttpSocket&) = delete;

    Result<void> send(std::string_view bytes, Deadline deadline);
    // At least one byte, or an empty view at the end of the stream. Valid until the next call.
    Result<std::string_view> receive(Deadline deadline);

  private:
    explicit HttpSocket(int descriptor) : descriptor_(descriptor) {}

    int descriptor_ = -1;
    std::string buffer_;
};

inline Result<HttpSocket> HttpSocket::connect(const std::string& host,
                                              uint16_t port,
                                              Deadline deadline) {
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    addrinfo* found = nullptr;
    const std::string service = fmt::format("{}", port);
    if (const int error = getaddrinfo(host.c_str(), service.c_str(), &hints, &found); error != 0) {
        return failure(ErrorKind::kUnavailable,
                       fmt::format("cannot resolve {}: {}", host, gai_strerror(error)));
    }
    const std::unique_ptr<addrinfo, void (*)(addrinfo*)> owned(found, &freeaddrinfo);
    int last = -ETIMEDOUT;
    for (const addrinfo* address = found; address != nullptr; address = address->ai_next) {
        last = connect_to(*address, deadline);
        if (last >= 0) {
            return HttpSocket(last);
        }
    }
    return failure(
        ErrorKind::kUnavailable,
        fmt::format("cannot connect to {} port {}: {}", host, port, socket_error_text(-last)));
}

inline HttpSocket::~HttpSocket() {
    if (descriptor_ >= 0) {
        close(descriptor_);
    }
}

inline HttpSocket::HttpSocket(HttpSocket&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)), buffer_(std::move(other.buffer_)) {}

inline HttpSocket& HttpSocket::operator=(HttpSocket&& other) noexcept {
    std::swap(descriptor_, other.descriptor_);
    std::swap(buffer_, other.buffer_);
    return *this;
}

inline Result<void> HttpSocket::send(std::string_view bytes, Deadline deadline) {
    while (!bytes.empty()) {
        const ssize_t sent = ::send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (sent >= 0) {
            bytes.remove_prefix(static_cast<size_t>(sent));
            continue;
        }
        int error = errno;
        if (error == EAGAIN || error == EINTR) {
            error = wait_for(descriptor_, POLLOUT, deadline);
        }
        if (error != 0) {
            return failure(ErrorKind::kUnavailable, "sending failed: " + socket_error_text(error));
        }
    }
    return {};
}

inline Result<std::string_view> HttpSocket::receive(Deadline deadline) {
    buffer_.resize(kReceiveBytes);
    while (true) {
        const ssize_t received = recv(descriptor_, buffer_.data(), buffer_.size(), 0);
        if (received >= 0) {
            return std::string_view(buffer_.data(), static_cast<size_t>(received));
        }
        int error = errno;
        if (error == EAGAIN || error == EINTR) {
            error = wait_for(descriptor_, POLLIN, deadline);
        }
        if (error != 0) {
            return failure(ErrorKind::kUnavailable, "no answer: " + socket_error_text(error));
        }
    }
}

}  // namespace spantoll::tools
