#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "enforce/kafka/handles.h"
#include "enforce/kafka/message.h"
#include "enforce/kafka/producer.h"
#include "enforce/sink.h"
#include "schemas/error.h"
#include "schemas/settings.h"

namespace spantoll::enforce {

// Decisions and dead letters to their two Kafka topics, as enforce/kafka/message.h makes them.
//
// While brokers are away what was published waits inside, in order, and is sent when they are
// back; librdkafka repeats and reorders nothing (idempotence). What a broker refuses for good
// (authorisation, a fatal state) makes delivered_through() fail with kUnavailable: the outbox still
// has all that did not arrive. A dead letter that is larger than its topic allows is sent once
// more without the record's bytes, with a header that says so; only if that is refused too it
// fails.
//
// Thread: the engine's.
class KafkaSink final : public Sink {
  public:
    // Sees to it that both topics exist. Errors as for make_producer() and ensure_topic().
    static Result<std::unique_ptr<KafkaSink>> open(const KafkaSettings& settings);
    ~KafkaSink() override;  // forgets what has not arrived; flush() first

    bool publish(uint64_t sequence, const Decision& decision) override;
    bool publish(uint64_t sequence, const DeadLetter& letter) override;
    Result<uint64_t> delivered_through() override;
    void flush(int64_t wait_ms) override;

    // The header of a dead letter without its record's bytes; its value is their number.
    static constexpr const char* kBytesLeftOutHeader = "spantoll_bytes_left_out";

  private:
    struct UnderWay {
        uint64_t sequence = 0;
        bool has_arrived = false;
    };

    KafkaSink() = default;
    static void on_delivery(const rd_kafka_message_t& message, void* self);
    bool publish(uint64_t sequence, rd_kafka_topic_t* topic, const KafkaMessage& message);
    void note_delivery(const rd_kafka_message_t& message);
    void send_without_bytes(const rd_kafka_message_t& message);
    void fail(std::string why);

    KafkaProducerEvents events_;
    KafkaClient client_;
    // Constant after opening.
    KafkaTopic decisions_;
    KafkaTopic dead_letters_;

    std::deque<UnderWay> under_way_;  // ascending; the first has not arrived
    uint64_t delivered_through_ = 0;
    std::optional<Error> error_;
};

}  // namespace spantoll::enforce
