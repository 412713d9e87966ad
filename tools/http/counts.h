#pragma once

#include <array>
#include <atomic>
#include <cstdint>

#include "tools/answers/metrics.h"
#include "tools/http/route.h"

namespace spantoll::tools {

// What the listener counts of itself. Any thread.
class HttpCounts {
  public:
    void count(HttpRoute route, int status);
    void connection_refused() { ++refused_; }
    void connection_displaced() { ++displaced_; }
    void accept_failed() { ++accept_failures_; }
    void set_connections(int64_t open) { connections_ = open; }
    void set_body_bytes(size_t bytes) { body_bytes_ = static_cast<int64_t>(bytes); }
    void set_streams(int64_t open) { streams_ = open; }

    void write(MetricsText& text) const;

  private:
    static constexpr size_t kClasses = 5;  // 1xx .. 5xx
    std::array<std::array<std::atomic<uint64_t>, kClasses>, kHttpRouteCount> answers_{};
    std::atomic<int64_t> connections_ = 0;
    std::atomic<uint64_t> refused_ = 0;
    std::atomic<uint64_t> displaced_ = 0;
    std::atomic<uint64_t> accept_failures_ = 0;
    std::atomic<int64_t> body_bytes_ = 0;
    std::atomic<int64_t> streams_ = 0;
};

}  // namespace spantoll::tools
