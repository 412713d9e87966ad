#include "tools/feed/feed_topic.h"

#include <spdlog/spdlog.h>
#include <string>

#include <fmt/format.h>

#include "tools/process/stop_signal.h"

namespace spantoll::tools {
namespace {

constexpr int kWaitMs = 100;       // how often a wait checks for a stop
constexpr int kFinishMs = 60'000;  // after this we no longer wait for a broker

}  // namespace

Result<std::unique_ptr<FeedTarget>> TopicTarget::open(std::string_view place) {
    const size_t slash = place.rfind('/');
    if (slash == std::string_view::npos || slash == 0 || slash + 1 == place.size()) {
        return failure(ErrorKind::kUsage,
                       fmt::format("--to kafka:{}: write kafka:HOST:PORT/TOPIC", place));
    }
    KafkaSettings settings;
    settings.is_configured = true;
    settings.brokers = place.substr(0, slash);
    const std::string topic(place.substr(slash + 1));
    auto producer = enforce::KafkaRecordProducer::open(settings, topic);
    if (!producer) {
        return tl::make_unexpected(producer.error());
    }
    if ((*producer)->is_topic_new()) {
        spdlog::warn(
            "topic {} did not exist and was created with the broker's defaults: delete it if that "
            "was a slip, else set message.timestamp.type=LogAppendTime on it, as times of a topic "
            "with CreateTime are not trusted",
            topic);
    }
    return std::unique_ptr<FeedTarget>(new TopicTarget(std::move(*producer)));
}

Framing TopicTarget::framing(Format /*format*/) const {
    return Framing::kNone;
}

Result<void> TopicTarget::send(const FeedRecord& record) {
    using Outcome = enforce::KafkaRecordProducer::Outcome;
    while (!is_stop_requested()) {
        const Result<Outcome> outcome = producer_->produce(
            {.key = record.key, .content_type = record.content_type, .bytes = record.bytes},
            kWaitMs);
        if (!outcome) {
            return tl::make_unexpected(outcome.error());
        }
        if (*outcome != Outcome::kQueueIsFull) {
            refused_ += *outcome == Outcome::kTooLarge ? 1 : 0;
            return {};
        }
    }
    return {};
}

// A record that was too large is not numbered by the producer. After one, the count is too low, but
// never too high.
std::optional<uint64_t> TopicTarget::arrived_count() const {
    return producer_->delivered_in_order_count();
}

Result<void> TopicTarget::finish() {
    bool is_done = false;
    for (int waited_ms = 0; !is_done && waited_ms < kFinishMs; waited_ms += kWaitMs) {
        is_done = producer_->flush(kWaitMs);
        if (is_stop_requested() && waited_ms >= kFinishMs / 10) {
            break;
        }
    }
    if (is_done && producer_->failed_count() == 0) {
        return {};
    }
    return failure(ErrorKind::kUnavailable,
                   fmt::format("kafka: {} records arrived, the others did not: {}",
                               producer_->delivered_count(),
                               producer_->last_error()));
}

}  // namespace spantoll::tools
