#pragma once

#include <string>

#include "enforce/kafka/handles.h"
#include "schemas/error.h"
#include "schemas/settings.h"

namespace spantoll::enforce {

// Who is told what became of a message and of the connections: librdkafka's callbacks, all on the
// thread that polls the client.
struct KafkaProducerEvents {
    void (*on_delivery)(const rd_kafka_message_t& message, void* self) = nullptr;
    void* self = nullptr;
    bool are_all_brokers_down = false;
    std::string last_error;   // of a connection or a request, in librdkafka's words
    std::string fatal_error;  // empty = none
};

// An idempotent producer that keeps the order and does not give up. `events` must outlive it.
// kConfig where the user's properties name an unknown one, one that this depends on, or a value
// that librdkafka refuses. Does not wait for a broker.
Result<KafkaClient> make_producer(const KafkaSettings& settings, KafkaProducerEvents& events);

// kConfig as make_producer() says of one property; what only holds of several together it finds.
Result<void> check_producer_property(const std::string& name, const std::string& value);

// Whether the brokers know the topic; to ask creates none. kUnavailable where no broker answers.
Result<bool> is_topic_known(rd_kafka_t& client,
                            const std::string& topic,
                            const KafkaProducerEvents& events);

// Sees to it that the topic exists, with the broker's defaults where it must be created. Blocks at
// most kTopicAnswerMs for each of its three questions. kUnavailable where no broker answers,
// kConfig where the topic is missing and may not be created.
Result<void> ensure_topic(rd_kafka_t& client,
                          const std::string& topic,
                          const KafkaProducerEvents& events);

inline constexpr int kTopicAnswerMs = 10'000;

}  // namespace spantoll::enforce
