#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "schemas/error.h"
#include "schemas/settings.h"

namespace spantoll::enforce {

// A record to be produced; borrowed until produce() returns. Its timestamp is the time of
// producing: with event times of a backfill the broker's retention would remove it at once.
struct KafkaRecord {
    std::string_view key;
    std::string_view content_type;
    std::string_view bytes;
};

// Produces input records, for `feed` and tests: idempotent, in order per key, waiting where the
// queue is full or the broker is away. Made for throughput; decisions go by enforce/kafka/sink.h.
// Thread: one.
class KafkaRecordProducer {
  public:
    // kUnavailable: no broker answers. kConfig: the topic is missing and cannot be created, or a
    // property of the settings is refused.
    static Result<std::unique_ptr<KafkaRecordProducer>> open(const KafkaSettings& settings,
                                                             const std::string& topic);
    ~KafkaRecordProducer();
    KafkaRecordProducer(const KafkaRecordProducer&) = delete;
    KafkaRecordProducer& operator=(const KafkaRecordProducer&) = delete;

    enum class Outcome { kTaken, kQueueIsFull, kTooLarge };
    // Copies the record. Waits at most `wait_ms` for room. kUnavailable: the producer is broken.
    Result<Outcome> produce(const KafkaRecord& record, int wait_ms);

    // True when everything taken was delivered or has failed; waits at most `wait_ms` for that.
    bool flush(int wait_ms);

    // The topic was not there when this was opened.
    bool is_topic_new() const;

    uint64_t delivered_count() const;
    uint64_t failed_count() const;
    // How many of those taken first are delivered, without a gap.
    uint64_t delivered_in_order_count() const;
    // Why the last one failed, or why the broker is away; empty where nothing is known.
    std::string last_error() const;

  private:
    struct State;
    explicit KafkaRecordProducer(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

}  // namespace spantoll::enforce
