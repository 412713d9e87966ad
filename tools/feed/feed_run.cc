#include "tools/feed/feed_run.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <deque>
#include <thread>

#include "tools/process/stop_signal.h"

namespace spantoll::tools {
namespace {

using Clock = std::chrono::steady_clock;
constexpr std::chrono::milliseconds kProgressPause{100};
constexpr std::chrono::milliseconds kStopLook{50};

// Records of one service stay in order within a partition, as if each service had its own producer.
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

    // `line` is the line of the first span of the batch, if it has one.
    Result<void> send(const FeedBatch& batch, std::optional<uint64_t> line) {
        wait_for_turn();
        if (is_stop_requested()) {
            stop_at(line);
            return {};
        }
        const std::string_view key = key_of(batch);
        Result<void> sent = target_.send({.key = key,
                                          .content_type = content_type_of(options_.format),
                                          .bytes = encoder_.encode(batch)});
        if (!sent) {
            stop_at(line);
            return sent;
        }
        note_sent(line);
        if (is_stop_requested()) {
            stop_at(line);  // the target may not have sent it
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

    // Call this at the end. The first line whose row is not known to have arrived; `behind` is the
    // line after everything that was sent.
    std::optional<uint64_t> first_line_left(std::optional<uint64_t> behind) {
        forget_arrived();
        if (!lines_.empty()) {
            return lines_.front();
        }
        return stopped_at_ ? stopped_at_ : behind;
    }

    double seconds() const { return std::chrono::duration<double>(Clock::now() - start_).count(); }

  private:
    void stop_at(std::optional<uint64_t> line) { stopped_at_ = stopped_at_ ? stopped_at_ : line; }

    // Keeps one line for each record of the target that is under way.
    void note_sent(std::optional<uint64_t> line) {
        if (line && target_.arrived_count()) {
            lines_.push_back(*line);
            forget_arrived();
        }
    }
    void forget_arrived() {
        const uint64_t arrived = target_.arrived_count().value_or(0);
        for (; lines_forgotten_ < arrived && !lines_.empty(); ++lines_forgotten_) {
            lines_.pop_front();
        }
    }

    Result<void> send_broken(std::string_view json) {
        ++summary_.records;
        return target_.send({.key = "broken",
                             .content_type = content_type_of(Format::kJson),
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
    std::deque<uint64_t> lines_;  // of records that may not have arrived, oldest first
    uint64_t lines_forgotten_ = 0;
    std::optional<uint64_t> stopped_at_;
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
        const std::optional<uint64_t> line = feed.next_line();
        const Result<void> filled = feed.fill(options.spans_per_record, batch);
        if (!batch.spans.empty()) {
            result = run.send(batch, line);
        }
        run.report_progress();
        if (!filled && result) {
            result = filled;
        }
        if (batch.spans.empty()) {
            break;
        }
    }
    // What was sent before an error should arrive as well. The first error is the one to report.
    const Result<void> finished = target.finish();
    summary.seconds = run.seconds();
    summary.refused = target.refused_count();
    summary.refusal = target.refusal();
    summary.remark = feed.remark();
    if (result) {
        result = finished;
    }
    if (!result || is_stop_requested()) {
        summary.next_line = run.first_line_left(feed.next_line());
    }
    return result;
}

}  // namespace spantoll::tools
