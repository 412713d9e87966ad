#pragma once

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "schemas/text/decision_json.h"
#include "tests/tools/http/http_socket.h"
#include "tools/client/http_client.h"
#include "tools/http/server.h"

namespace spantoll::tools {

// A decision of a log in memory, and what it looks like there.
inline store::StoredDecision logged_decision(uint64_t sequence, std::string account) {
    Decision decision;
    decision.number = sequence;
    decision.account = std::move(account);
    decision.limit = "day";
    return {sequence, std::move(decision)};
}
inline std::string logged_json(uint64_t sequence, std::string account) {
    return decision_json(logged_decision(sequence, std::move(account)).decision);
}

// A backend without a processor: it keeps what was posted, and has the decisions that a test adds.
class FakeProcessor {
  public:
    HttpBackend backend() {
        HttpBackend backend;
        backend.append = [this](std::vector<PostedRecord> records) { return append(records); };
        backend.decisions = [this](uint64_t after, size_t count) {
            return decisions(after, count);
        };
        backend.last_sequence = [this]() -> std::optional<uint64_t> {
            const std::lock_guard lock(mutex_);
            return decisions_.size();
        };
        backend.account_json = [](std::string_view account, const Sees&) {
            return account_json(account);
        };
        // Somebody called a-b is below team:a.
        backend.ancestors = [](std::string_view account) {
            const size_t dash = account.find('-');
            return dash == std::string_view::npos
                       ? std::vector<std::string>()
                       : std::vector<std::string>{"team:" +
                                                  std::string(account.substr(dash - 1, 1))};
        };
        backend.check = [](std::string_view account) { return check(account); };
        backend.checks = [](std::string_view body, const Sees& /*sees*/) { return checks(body); };
        backend.levels = [](const Sees& /*sees*/) -> Result<std::string> { return "levels\n"; };
        backend.accounts = [](const AccountsQuery& query,
                              const Sees& /*sees*/) -> Result<std::string> {
            return fmt::format("{} {} {} {} {}\n",
                               query.kind,
                               query.prefix,
                               static_cast<int>(query.sort),
                               query.after,
                               query.count_max);
        };
        backend.limits = [] { return std::string("limits\n"); };
        backend.metrics = [] { return std::string("# processor\n"); };
        backend.ready = [this] {
            const std::lock_guard lock(mutex_);
            return ReadyAnswer{is_ready_, "Partition 1 has no leader.", R"({"partitions":[]})"};
        };
        return backend;
    }

    void add_decision(std::string account) {
        const std::lock_guard lock(mutex_);
        const uint64_t sequence = decisions_.size() + 1;
        decisions_.push_back(logged_decision(sequence, std::move(account)));
    }
    void refuse_posts(Error error) {
        const std::lock_guard lock(mutex_);
        refusal_ = std::move(error);
    }
    void set_ready(const ReadyAnswer& answer) {
        const std::lock_guard lock(mutex_);
        is_ready_ = answer.is_ready;
    }
    // Appends wait until open_gate().
    void close_gate() {
        const std::lock_guard lock(mutex_);
        is_gate_open_ = false;
    }
    void open_gate() {
        {
            const std::lock_guard lock(mutex_);
            is_gate_open_ = true;
        }
        changed_.notify_all();
    }
    std::vector<PostedRecord> posted() {
        const std::lock_guard lock(mutex_);
        return posted_;
    }

  private:
    Result<PostedAt> append(std::vector<PostedRecord>& records) {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [this] { return is_gate_open_; });
        if (refusal_) {
            return tl::make_unexpected(*refusal_);
        }
        const PostedAt at{static_cast<int64_t>(posted_.size()), 1'700'000'000'000};
        for (PostedRecord& record : records) {
            posted_.push_back(std::move(record));
        }
        return at;
    }

    Result<std::vector<store::StoredDecision>> decisions(uint64_t after, size_t count) {
        const std::lock_guard lock(mutex_);
        std::vector<store::StoredDecision> page;
        for (const store::StoredDecision& row : decisions_) {
            if (row.sequence > after && page.size() < count) {
                page.push_back(row);
            }
        }
        return page;
    }

    static Result<std::optional<std::string>> account_json(std::string_view account) {
        if (account == "slow") {
            return failure(ErrorKind::kUnavailable, "The engine did not answer within 1 s.");
        }
        if (account == "Upper.Example") {
            return failure(ErrorKind::kUsage, "Write upper.example.");
        }
        if (account == "unknown") {
            return std::nullopt;
        }
        return fmt::format("[{}]", account);
    }

    static Result<std::string> checks(std::string_view body) {
        if (body.find("loading") != std::string_view::npos) {
            return failure(ErrorKind::kUnavailable, "The totals are being loaded.");
        }
        if (body.find("checks") == std::string_view::npos) {
            return failure(ErrorKind::kUsage, "There is no check.");
        }
        const bool is_allowed = body.find("vk1") == std::string_view::npos;
        return fmt::format(R"({{"results":[{{"allowed":{},"bytes":{}}}]}})"
                           "\n",
                           is_allowed,
                           body.size());
    }

    static CheckAnswer check(std::string_view account) {
        CheckAnswer answer{.refusal = {},
                           .flags = {},
                           .overflows = {},
                           .as_of_ms = 1'700'000'000'000,
                           .lag_ms = 12};
        if (account == "nonsense:x") {
            answer.refusal = "There is no account kind nonsense.";
        }
        if (account == "team:search") {
            answer.flags = {
                {"team:search", "team-day", Action::kBlock, 1'699'999'000'000, 1'700'003'600'000},
                {"team:search", "team-soft", Action::kWarn, 1'699'999'000'000, {}}};
        }
        return answer;
    }

    std::mutex mutex_;
    std::condition_variable changed_;
    std::vector<PostedRecord> posted_;
    std::vector<store::StoredDecision> decisions_;
    std::optional<Error> refusal_;
    bool is_ready_ = true;
    bool is_gate_open_ = true;
};

class HttpServerTest : public ::testing::Test {
  protected:
    void start(const HttpServerOptions& options = {.listen = "127.0.0.1:0", .http = {}}) {
        start(options, processor_.backend());
    }
    void start(const HttpServerOptions& options, HttpBackend backend) {
        Result<std::unique_ptr<HttpServer>> server = HttpServer::start(options, std::move(backend));
        ASSERT_TRUE(server) << server.error().message;
        server_ = std::move(*server);
    }

    HttpClient client(std::string token = {}) const {
        return {*parse_http_url(url()), {.token = std::move(token)}};
    }
    std::string url() const { return fmt::format("http://127.0.0.1:{}", server_->port()); }

    HttpAnswer ask(const HttpAsk& ask) const {
        HttpClient one = client();
        const Result<HttpAnswer> answer = one.ask(ask);
        EXPECT_TRUE(answer) << answer.error().message;
        return answer.value_or(HttpAnswer{});
    }
    HttpAnswer post(std::string_view body, const std::string& content_type) const {
        return ask({.method = "POST",
                    .target = "/v1/spans",
                    .headers = {{"Content-Type", content_type}},
                    .body = body});
    }

    // Sends bytes as they are and reads until `end` has come, or the connection is closed.
    std::string exchange_raw(std::string_view bytes, std::string_view end = "") const {
        const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
        Result<HttpSocket> socket = HttpSocket::connect("127.0.0.1", server_->port(), deadline);
        EXPECT_TRUE(socket && socket->send(bytes, deadline));
        std::string received;
        while (end.empty() || received.find(end) == std::string::npos) {
            const Result<std::string_view> piece = socket->receive(deadline);
            if (!piece || piece->empty()) {
                break;
            }
            received += *piece;
        }
        return received;
    }
    std::string status_of_host(const std::string& host) const {
        return exchange_raw("GET /healthz HTTP/1.1\r\nConnection: close\r\n" + host + "\r\n")
            .substr(9, 3);
    }

    FakeProcessor processor_;
    std::unique_ptr<HttpServer> server_;
};

}  // namespace spantoll::tools
