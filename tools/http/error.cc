#include "tools/http/error.h"

#include <atomic>
#include <chrono>
#include <spdlog/spdlog.h>

#include <fmt/format.h>

#include "tools/http/limits.h"

namespace spantoll::tools {
namespace {

// A client that asks again and again must not fill the log.
void log_failure(const Error& error) {
    static std::atomic<int64_t> next_ms = 0;
    const int64_t now_ms = std::chrono::duration_cast<std::chrono::milliseconds>(
                               std::chrono::steady_clock::now().time_since_epoch())
                               .count();
    int64_t due_ms = next_ms;
    const int64_t pause_ms = std::chrono::milliseconds(kHttpErrorLogPause).count();
    if (now_ms >= due_ms && next_ms.compare_exchange_strong(due_ms, now_ms + pause_ms)) {
        spdlog::error("HTTP: answered 500: {}", error.message);
    }
}

}  // namespace

HttpResponse failure_response(const Error& error) {
    switch (error.kind) {
        case ErrorKind::kUsage:
            return error_response(400, "bad_request", error.message);
        case ErrorKind::kUnavailable:
        case ErrorKind::kBusy:
            return busy_response("unavailable", error.message);
        case ErrorKind::kDisk:
            log_failure(error);
            return error_response(
                500, "storage_failed", "The disk failed; the log of the processor says how.");
        default:
            log_failure(error);
            return error_response(500, "internal", "The processor failed; its log says how.");
    }
}

std::string failure_event(const Error& error) {
    const std::string body = failure_response(error).body;  // one line and its end
    return fmt::format("event: failed\ndata: {}\n", body);
}

}  // namespace spantoll::tools
