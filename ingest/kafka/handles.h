#pragma once

#include <memory>

#include <librdkafka/rdkafka.h>

namespace spantoll::ingest {

// Owners of librdkafka's objects. A queue, a message and a topic must be destroyed before the
// client they came from, so declare the client first.

template <auto kDestroy>
struct KafkaDeleter {
    template <typename T>
    void operator()(T* object) const {
        kDestroy(object);
    }
};

template <typename T, auto kDestroy>
using KafkaHandle = std::unique_ptr<T, KafkaDeleter<kDestroy>>;

// Destroys the client without leaving the group, because partitions are assigned by hand and
// offsets are committed before. Waits at most kDestroyMs: librdkafka 2.0.2 ends a client only when
// a commit under way is answered. With the broker away that took up to 47 s, and after one of its
// topics was deleted it never came. The store has the position, so there is nothing to wait for:
// such a client ends on a thread of its own.
void destroy_client(rd_kafka_t* client);

inline constexpr int kDestroyMs = 2'000;

using KafkaClient = KafkaHandle<rd_kafka_t, destroy_client>;
using KafkaConfiguration = KafkaHandle<rd_kafka_conf_t, rd_kafka_conf_destroy>;
using KafkaTopic = KafkaHandle<rd_kafka_topic_t, rd_kafka_topic_destroy>;
using KafkaQueue = KafkaHandle<rd_kafka_queue_t, rd_kafka_queue_destroy>;
using KafkaMessage = KafkaHandle<rd_kafka_message_t, rd_kafka_message_destroy>;
using KafkaMetadata = KafkaHandle<const rd_kafka_metadata_t, rd_kafka_metadata_destroy>;
using KafkaPartitions =
    KafkaHandle<rd_kafka_topic_partition_list_t, rd_kafka_topic_partition_list_destroy>;
using KafkaEvent = KafkaHandle<rd_kafka_event_t, rd_kafka_event_destroy>;
using KafkaResource = KafkaHandle<rd_kafka_ConfigResource_t, rd_kafka_ConfigResource_destroy>;
using KafkaAdminOptions = KafkaHandle<rd_kafka_AdminOptions_t, rd_kafka_AdminOptions_destroy>;

}  // namespace spantoll::ingest
