#pragma once

#include <string>

#include "enforce/kafka/handles.h"
#include "schemas/error.h"
#include "schemas/settings.h"

namespace spantoll::enforce {

// What librdkafka's callbacks report of messages and connections; all on the thread that polls the
// client.
struct KafkaProducerEvents {
    void (*on_delivery)(const rd_kafka_message_t& message, void* self) = nullptr;
    void* self = nullptr;
    bool are_all_brokers_down = false;
    std::string last_error;   // of a connection or a request, in librdkafka's words
    std::string fatal_error;  // empty = none
};

// An idempotent producer that keeps the order and does not give up. `events` must outlive it.
// kConfig where one of the user's properties is unknown, is one that this code depends on, or has a
// value that librdkafka refuses. Does not wait for a broker.
Result<KafkaClient> make_producer(const KafkaSettings& settings, KafkaProducerEvents& events);

// kConfig as make_producer() would say it of one property alone. What is only wrong with several
// properties together is found by make_producer().
Result<void> check_producer_property(const std::string& name, const std::string& value);

// Whether the brokers know the topic; asking does not create it. kUnavailable where no broker
// answers.
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
