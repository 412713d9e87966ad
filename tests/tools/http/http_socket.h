#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "schemas/error.h"

namespace spantoll::tools {

// A TCP connection of a client, with a deadline for every call. Owns its descriptor; one thread.
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

    // False where the other side has closed, or sent what nobody asked for.
    bool is_reusable() const;

  private:
    explicit HttpSocket(int descriptor) : descriptor_(descriptor) {}

    int descriptor_ = -1;
    std::string buffer_;
};

}  // namespace spantoll::tools
