#pragma once

#include <memory>

#include <librdkafka/rdkafka.h>

namespace spantoll::enforce {

// Owners of librdkafka's objects; ingest has its own, as neighbours do not include each other. A
// topic and a queue must go before the client they came from, so declare the client first.

template <auto kDestroy>
struct KafkaDeleter {
    template <typename T>
    void operator()(T* object) const {
        kDestroy(object);
    }
};

template <typename T, auto kDestroy>
using KafkaHandle = std::unique_ptr<T, KafkaDeleter<kDestroy>>;

using KafkaClient = KafkaHandle<rd_kafka_t, rd_kafka_destroy>;
using KafkaConfiguration = KafkaHandle<rd_kafka_conf_t, rd_kafka_conf_destroy>;
using KafkaTopic = KafkaHandle<rd_kafka_topic_t, rd_kafka_topic_destroy>;
using KafkaQueue = KafkaHandle<rd_kafka_queue_t, rd_kafka_queue_destroy>;
using KafkaMetadata = KafkaHandle<const rd_kafka_metadata_t, rd_kafka_metadata_destroy>;
using KafkaHeaders = KafkaHandle<rd_kafka_headers_t, rd_kafka_headers_destroy>;
using KafkaEvent = KafkaHandle<rd_kafka_event_t, rd_kafka_event_destroy>;
using KafkaError = KafkaHandle<rd_kafka_error_t, rd_kafka_error_destroy>;
using KafkaNewTopic = KafkaHandle<rd_kafka_NewTopic_t, rd_kafka_NewTopic_destroy>;
using KafkaAdminOptions = KafkaHandle<rd_kafka_AdminOptions_t, rd_kafka_AdminOptions_destroy>;

}  // namespace spantoll::enforce
