#include "tools/feed_run.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <thread>

#include "tools/stop_signal.h"

namespace spantoll::tools {
namespace {

using Clock = std::chrono::steady_clock;
constexpr std::chrono::milliseconds kProgressPause{100};
constexpr std::chrono::milliseconds kStopLook{50};

// Records of one service stay in the order of a partition, as a producer per service would have it.
std::string_view key_of(const FeedBatch& batch) {
    for (const Dimension dimension :
         {Dimension::kService, Dimension::kDomain, Dimension::kVirtualKey, Dimension::kModel}) {
        if (const std::string_view value = batch.spans.front().span.dimension(dimension);
            !value.empty()) {
            return value;
        }
    }
    return "spans";
}

// One run, from its first record to its last.
class FeedRun {
  public:
    FeedRun(FeedTarget& target, const FeedRunOptions& options, FeedSummary& summary)
        : target_(target),
          options_(options),
          summary_(summary),
          encoder_(options.format, target.framing(options.format)) {}

    Result<void> send(const FeedBatch& batch) {
        wait_for_turn();
        if (is_stop_requested()) {
            return {};
        }
        const std::string_view key = key_of(batch);
        Result<void> sent = target_.send({.key = key,
                                          .content_type = content_type_of(options_.format),
                                          .bytes = encoder_.encode(batch)});
        if (!sent) {
            return sent;
        }
        summary_.spans += batch.spans.size();
        ++summary_.records;
        return batch.broken_json.empty() ? Result<void>() : send_broken(batch.broken_json);
    }

    void report_progress() {
        const auto now = Clock::now();
        if (options_.on_progress && now - reported_ >= kProgressPause) {
            reported_ = now;
            options_.on_progress(summary_.spans);
        }
    }

    double seconds() const { return std::chrono::duration<double>(Clock::now() - start_).count(); }

  private:
    Result<void> send_broken(std::string_view json) {
        ++summary_.records;
        return target_.send({.key = "broken",
                             .content_type = content_type_of(FeedFormat::kJson),
                             .bytes = encoder_.frame(json)});
    }

    void wait_for_turn() const {
        if (options_.spans_per_second == 0) {
            return;
        }
        const std::chrono::duration<double> due(static_cast<double>(summary_.spans) /
                                                static_cast<double>(options_.spans_per_second));
        while (!is_stop_requested() && Clock::now() - start_ < due) {
            const auto left = due - (Clock::now() - start_);
            std::this_thread::sleep_for(std::min<std::chrono::duration<double>>(left, kStopLook));
        }
    }

    FeedTarget& target_;
    const FeedRunOptions& options_;
    FeedSummary& summary_;
    FeedEncoder encoder_;
    const Clock::time_point start_ = Clock::now();
    Clock::time_point reported_ = start_;
};

}  // namespace

Result<void> run_feed(SpanFeed& feed,
                      FeedTarget& target,
                      const FeedRunOptions& options,
                      FeedSummary& summary) {
    FeedRun run(target, options, summary);
    FeedBatch batch;
    Result<void> result;
    while (result && !is_stop_requested()) {
        batch.clear();
        const Result<void> filled = feed.fill(options.spans_per_record, batch);
        if (!batch.spans.empty()) {
            result = run.send(batch);
        }
        run.report_progress();
        if (!filled && result) {
            result = filled;
        }
        if (batch.spans.empty()) {
            break;
        }
    }
    // What was sent before an error is to arrive as well; the first error is the one to tell.
    const Result<void> finished = target.finish();
    summary.seconds = run.seconds();
    summary.refused = target.refused_count();
    summary.refusal = target.refusal();
    return result ? finished : result;
}

}  // namespace spantoll::tools
