#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string_view>

#include "tools/answers/backend.h"
#include "tools/http/append_queue.h"
#include "tools/http/counts.h"
#include "tools/http/decisions.h"
#include "tools/http/guard.h"
#include "tools/http/message.h"
#include "tools/http/route.h"
#include "tools/http/work_queue.h"

namespace spantoll::tools {

// How a request is answered: one of the two is called, once.
struct HttpExchange {
    // From any thread, during serve() or later.
    std::function<void(HttpResponse)> reply;
    // Turns the response into a stream of server-sent events. On the serving thread, during
    // serve(). Empty where the connection cannot stream.
    std::function<void(const DecisionQuery&)> stream;
};

// What the listener answers, without sockets: guards and route first, at the end of the headers,
// then the backend; what may block goes to threads of its own, so that the serving thread never
// waits.
class HttpService {
  public:
    HttpService(HttpBackend backend, HttpGuard guard);

    // At the end of the headers, before a byte of the body is taken: who asks, for what, and
    // whether the body that is announced could be taken. The refusal, which is counted, or empty;
    // the request has its caller then.
    // Serving thread.
    std::optional<HttpResponse> refuse_head(HttpRequest& request);

    // A whole request whose head was not refused. Serving thread.
    void serve(HttpRequest request, HttpExchange exchange);

    const HttpBackend& backend() const { return backend_; }
    HttpGuard& guard() { return guard_; }
    HttpCounts& counts() { return counts_; }
    WorkQueue& workers() { return workers_; }

    // Lets what is under way reply and waits for it. Records that wait are answered 503; other
    // requests that wait get no answer. What comes later is answered 503.
    void stop();

  private:
    using Reply = std::function<void(HttpResponse)>;

    void answer(const RoutedRequest& routed, HttpRequest& request, const HttpExchange& exchange);
    std::optional<HttpResponse> judge_head(HttpRequest& request, const RoutedRequest& routed) const;
    std::optional<HttpResponse> judge_post(const HttpRequest& request) const;
    void post_spans(HttpRequest& request, const Reply& reply);
    void get_decisions(const HttpRequest& request, const HttpExchange& exchange);
    void get_account(const HttpRequest& request, std::string_view segment, const Reply& reply);
    void check(HttpRequest& request, const Reply& reply);
    HttpResponse get_ready() const;
    void get_metrics(const Reply& reply);
    void run_blocking(std::function<HttpResponse()> make, const Reply& reply);

    const HttpBackend backend_;
    HttpGuard guard_;
    HttpCounts counts_;
    WorkQueue workers_;
    std::unique_ptr<AppendQueue> appends_;  // null where the source is Kafka
};

}  // namespace spantoll::tools
