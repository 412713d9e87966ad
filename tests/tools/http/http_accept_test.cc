#include <atomic>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "tests/tools/http/http_server_fixture.h"

// accept(2) as the kernel has it, but for failures that a test has ordered: the symbol of this
// program comes before the C library's. Failures are given only where a connection waits, as the
// kernel does it.
namespace {
std::atomic<int>& failures_left() {
    static std::atomic<int> left = 0;
    return left;
}

std::atomic<int>& failure_errno() {
    static std::atomic<int> number = 0;
    return number;
}
}  // namespace

extern "C" int accept(int descriptor, sockaddr* address, socklen_t* length) {
    if (failures_left() > 0) {
        --failures_left();
        errno = failure_errno();
        return -1;
    }
    return static_cast<int>(syscall(SYS_accept4, descriptor, address, length, 0));
}

namespace spantoll::tools {
namespace {

class HttpAcceptTest : public HttpServerTest {
  protected:
    size_t accept_errors() const {
        constexpr std::string_view kName = "\nspantoll_http_accept_errors_total ";
        const std::string text = ask({.target = "/metrics"}).body;
        return std::strtoull(text.c_str() + text.find(kName) + kName.size(), nullptr, 10);
    }
};

TEST_F(HttpAcceptTest, AFailedAcceptIsTriedAgain) {
    start();
    size_t failed = 0;
    for (const int error : {ENFILE, EMFILE, ENOBUFS, ENOMEM, EPERM, EINVAL, EIO}) {
        failure_errno() = error;
        failures_left() = 2;
        const HttpAnswer answer = ask({.target = "/healthz"});
        EXPECT_EQ(answer.status, 200) << strerror(error);
        EXPECT_EQ(failures_left(), 0) << strerror(error);
        failed += 2;
    }
    EXPECT_EQ(accept_errors(), failed);
}

TEST_F(HttpAcceptTest, AClientThatWentIsNoError) {
    start();
    for (const int error : {ECONNABORTED, EPROTO, EINTR}) {
        failure_errno() = error;
        failures_left() = 2;
        EXPECT_EQ(ask({.target = "/healthz"}).status, 200) << strerror(error);
        EXPECT_EQ(failures_left(), 0) << strerror(error);
    }
    EXPECT_EQ(accept_errors(), 0u);
}

TEST_F(HttpAcceptTest, AStopWhileAcceptFailsEnds) {
    start();
    failure_errno() = EMFILE;
    failures_left() = 1'000'000;
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    Result<HttpSocket> socket = HttpSocket::connect("127.0.0.1", server_->port(), deadline);
    EXPECT_TRUE(socket);
    server_->stop();
    failures_left() = 0;
}

}  // namespace
}  // namespace spantoll::tools
