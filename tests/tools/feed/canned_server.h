#pragma once

#include <arpa/inet.h>
#include <functional>
#include <netinet/in.h>
#include <string>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>
#include <utility>

#include <fmt/format.h>

#include "schemas/check.h"

namespace spantoll::tools {

// A server that is not a processor: whatever it is asked, it sends what `answer` makes of the
// request's head, byte for byte, and closes the connection. One connection at a time, on a free
// port of loopback.
class CannedServer {
  public:
    using Answer = std::function<std::string(const std::string& head)>;

    explicit CannedServer(Answer answer) : answer_(std::move(answer)) {
        listener_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t length = sizeof address;
        auto* raw = reinterpret_cast<sockaddr*>(&address);
        CHECK(bind(listener_, raw, length) == 0 && listen(listener_, 8) == 0, "no free port");
        CHECK(getsockname(listener_, raw, &length) == 0, "a bound socket has a name");
        port_ = ntohs(address.sin_port);
        thread_ = std::thread([this] { serve(); });
    }
    explicit CannedServer(std::string answer)
        : CannedServer(
              [answer = std::move(answer)](const std::string& /*head*/) { return answer; }) {}
    ~CannedServer() {
        shutdown(listener_, SHUT_RDWR);  // ends the accept under way
        thread_.join();
        close(listener_);
    }
    CannedServer(const CannedServer&) = delete;
    CannedServer& operator=(const CannedServer&) = delete;

    std::string url() const { return fmt::format("http://127.0.0.1:{}", port_); }

    // A whole answer with its length.
    static std::string text(std::string_view status, std::string_view type, std::string_view body) {
        return fmt::format("HTTP/1.1 {}\r\nContent-Type: {}\r\nContent-Length: {}\r\n\r\n{}",
                           status,
                           type,
                           body.size(),
                           body);
    }

  private:
    void serve() {
        while (true) {
            const int peer = accept(listener_, nullptr, nullptr);
            if (peer < 0) {
                return;
            }
            std::string head;
            char bytes[4096];
            while (head.find("\r\n\r\n") == std::string::npos) {
                const ssize_t read = recv(peer, bytes, sizeof bytes, 0);
                if (read <= 0) {
                    break;
                }
                head.append(bytes, static_cast<size_t>(read));
            }
            const std::string answer = answer_(head);
            send(peer, answer.data(), answer.size(), MSG_NOSIGNAL);
            shutdown(peer, SHUT_WR);
            while (recv(peer, bytes, sizeof bytes, 0) > 0) {
            }
            close(peer);
        }
    }

    const Answer answer_;
    int listener_ = -1;
    uint16_t port_ = 0;
    std::thread thread_;
};

}  // namespace spantoll::tools
