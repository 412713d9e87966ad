#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "enforce/kafka/record_producer.h"
#include "tools/feed/feed_target.h"

namespace spantoll::tools {

// Writes records to a Kafka topic. A missing topic is created if the broker allows it, and a
// warning is logged. Waits while the broker is away.
class TopicTarget final : public FeedTarget {
  public:
    // `place` has the form BROKERS/TOPIC.
    static Result<std::unique_ptr<FeedTarget>> open(std::string_view place);

    Framing framing(Format format) const override;
    Result<void> send(const FeedRecord& record) override;
    Result<void> finish() override;
    std::optional<uint64_t> arrived_count() const override;
    uint64_t refused_count() const override { return refused_; }
    std::string refusal() const override { return "larger than a message may be"; }

  private:
    explicit TopicTarget(std::unique_ptr<enforce::KafkaRecordProducer> producer)
        : producer_(std::move(producer)) {}

    const std::unique_ptr<enforce::KafkaRecordProducer> producer_;
    uint64_t refused_ = 0;
};

}  // namespace spantoll::tools
