// May somebody spend now? Checks in one process, and the load for checks over HTTP; bench/run
// prints both.
//
//     checks_bench inside               checks per CPU-second, five accounts and three limits each
//     checks_bench ask PORT SECONDS REQUEST-FILE
//                                       sends the request again and again over 32 connections that
//                                       stay open, one under way on each; answers per second
//
// One JSON object on standard output.
#include <algorithm>
#include <array>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <fstream>
#include <iterator>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string>
#include <string_view>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>
#include <vector>

#include <fmt/format.h>

#include "tools/checks/checker.h"
#include "tools/configuration/configuration.h"

namespace spantoll::bench {
namespace {

using namespace tools;

constexpr int64_t kNowMs = 1'772'359'230'000;
constexpr size_t kKeys = 25'000;
constexpr size_t kTeams = 500;
constexpr size_t kChecks = 4'000'000;
constexpr size_t kConnections = 32;

constexpr std::string_view kSettings = R"(
[[limit]]
name = "key-day"
kind = "virtual_key"
meter = "usd"
amount = "25"
window = "rolling 24h"
judge = "total"
steps = [[80, "warn"], [100, "block"]]
[[limit]]
name = "key-tokens"
kind = "virtual_key"
meter = "tokens"
amount = 1000000
window = "day"
judge = "total"
steps = [[100, "block"]]
[[limit]]
name = "team-month"
kind = "team"
meter = "usd"
amount = "1000"
window = "month"
judge = "total"
steps = [[100, "block"]]
)";

double cpu_seconds() {
    timespec time{};
    ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
}

void fill(CheckBoard& board, const Settings& settings) {
    constexpr int64_t kDayStartMs = 1'772'323'200'000;  // of the month as well
    BoardUpdate update;
    update.rules =
        std::make_shared<CheckRules>(settings, std::make_shared<KeyTable>(), board.seed());
    const Int128 dollar = kPicoPerUsd;
    for (size_t key = 0; key < kKeys; ++key) {
        update.totals.emplace_back(
            board.key_of(fmt::format("virtual_key:key-{}", key)),
            CheckTotals{{dollar, kNowMs / kMinuteMs, 0}, {1000, kDayStartMs, 1}});
    }
    for (size_t team = 0; team < kTeams; ++team) {
        update.totals.emplace_back(board.key_of(fmt::format("team:team-{}", team)),
                                   CheckTotals{{dollar, kDayStartMs, 2}});
    }
    update.watermark_ms = kNowMs - 10'000;
    update.first_open_pane = pane_of(EventTime(kNowMs));
    board.apply(std::move(update));
}

int inside() {
    const Result<Settings> settings = parse_configuration(kSettings, "bench");
    if (!settings) {
        fmt::print(stderr, "{}\n", settings.error().message);
        return 1;
    }
    CheckBoard board;
    fill(board, *settings);
    std::vector<std::string> keys;
    std::vector<std::string> teams;
    for (size_t key = 0; key < kKeys; ++key) {
        keys.push_back(fmt::format("key-{}", key));
        teams.push_back(fmt::format("team-{}", key % kTeams));
    }
    CheckQuery query;
    const auto set = [&](Dimension dimension, std::string_view text) {
        query.dimensions[static_cast<size_t>(dimension)] = text;
    };
    set(Dimension::kProvider, "openai");
    set(Dimension::kModel, "gpt-4o");
    query.estimate.emplace();
    query.estimate->usd = Money::from_pico(kPicoPerUsd / 50);
    query.estimate->usage.push_back({kInputTokens, 1200});
    CheckMoment moment;
    moment.believed_ms = moment.wall_ms = kNowMs;
    CheckResult result;
    size_t allowed = 0;
    size_t accounts = 0;
    double begun_s = 0;
    for (size_t i = 0; i < kChecks + kKeys; ++i) {
        if (i == kKeys) {
            begun_s = cpu_seconds();  // every name is known now
        }
        const size_t key = i * 7919 % kKeys;
        set(Dimension::kVirtualKey, keys[key]);
        set(Dimension::kTeam, teams[key]);
        board.read([&](CheckBoard::State& state) { Checker(state, moment).check(query, result); });
        allowed += result.is_allowed ? 1 : 0;
        accounts += result.accounts.size();
    }
    const double took_s = cpu_seconds() - begun_s;
    fmt::print("{{\"checks\":{},\"allowed\":{},\"accounts\":{:.1f},\"per_cpu_s\":{:.0f}}}\n",
               kChecks,
               allowed,
               static_cast<double>(accounts) / static_cast<double>(kChecks + kKeys),
               static_cast<double>(kChecks) / took_s);
    return 0;
}

// A connection that sends one request, waits for its whole answer, and sends it again.
class Asking {
  public:
    Asking(int port, const std::string& request) : request_(request) {
        socket_ = ::socket(AF_INET, SOCK_STREAM, 0);
        const int on = 1;
        ::setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(static_cast<uint16_t>(port));
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        is_open_ = ::connect(socket_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
    }
    ~Asking() { ::close(socket_); }
    Asking(const Asking&) = delete;
    Asking& operator=(const Asking&) = delete;

    bool is_open() const { return is_open_; }
    int socket() const { return socket_; }
    bool ask() {
        answer_.clear();
        return ::send(socket_, request_.data(), request_.size(), MSG_NOSIGNAL) ==
               static_cast<ssize_t>(request_.size());
    }
    enum class Got { kPart, kWhole, kFailed };
    Got receive() {
        std::array<char, 65'536> bytes{};
        const ssize_t got = ::recv(socket_, bytes.data(), bytes.size(), 0);
        if (got <= 0) {
            return Got::kFailed;
        }
        answer_.append(bytes.data(), static_cast<size_t>(got));
        const size_t head = answer_.find("\r\n\r\n");
        if (head == std::string::npos) {
            return Got::kPart;
        }
        constexpr std::string_view kLength = "Content-Length: ";
        const size_t length = answer_.find(kLength);
        if (!answer_.starts_with("HTTP/1.1 200") || length == std::string::npos) {
            return Got::kFailed;
        }
        const size_t body = std::strtoull(answer_.c_str() + length + kLength.size(), nullptr, 10);
        return answer_.size() >= head + 4 + body ? Got::kWhole : Got::kPart;
    }

  private:
    const std::string& request_;
    int socket_ = -1;
    bool is_open_ = false;
    std::string answer_;
};

int ask(int port, double seconds, const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    const std::string request((std::istreambuf_iterator<char>(file)), {});
    const int poll = ::epoll_create1(0);
    std::vector<std::unique_ptr<Asking>> all;
    for (size_t i = 0; i < kConnections; ++i) {
        all.push_back(std::make_unique<Asking>(port, request));
        epoll_event event{};
        event.events = EPOLLIN;
        event.data.u64 = i;
        ::epoll_ctl(poll, EPOLL_CTL_ADD, all.back()->socket(), &event);
        if (!all.back()->is_open() || !all.back()->ask()) {
            fmt::print(stderr, "checks_bench: nobody answers at port {}\n", port);
            return 1;
        }
    }
    const auto begin = std::chrono::steady_clock::now();
    std::chrono::duration<double> passed{};
    size_t answers = 0;
    while (passed.count() < seconds) {
        std::array<epoll_event, kConnections> events{};
        const int count = ::epoll_wait(poll, events.data(), kConnections, 1000);
        for (int i = 0; i < count; ++i) {
            Asking& one = *all[events[static_cast<size_t>(i)].data.u64];
            const Asking::Got got = one.receive();
            if (got == Asking::Got::kFailed || (got == Asking::Got::kWhole && !one.ask())) {
                fmt::print(stderr, "checks_bench: an answer is not a 200\n");
                return 1;
            }
            answers += got == Asking::Got::kWhole ? 1 : 0;
        }
        passed = std::chrono::steady_clock::now() - begin;
    }
    ::close(poll);
    fmt::print("{{\"answers\":{},\"per_s\":{:.0f}}}\n",
               answers,
               static_cast<double>(answers) / passed.count());
    return 0;
}

}  // namespace
}  // namespace spantoll::bench

int main(int argc, char** argv) {
    const std::string_view what = argc > 1 ? argv[1] : "";
    if (what == "inside" && argc == 2) {
        return spantoll::bench::inside();
    }
    if (what == "ask" && argc == 5) {
        return spantoll::bench::ask(std::atoi(argv[2]), std::atof(argv[3]), argv[4]);
    }
    fmt::print(stderr, "usage: checks_bench inside | checks_bench ask PORT SECONDS REQUEST-FILE\n");
    return 64;
}
