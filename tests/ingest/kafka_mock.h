#pragma once

#include <memory>
#include <string>
#include <string_view>

#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>

namespace spantoll::ingest {

// A cluster of one broker inside this process, on a loopback port of its own, and a producer that
// fills it. Its topics have no append times.
class KafkaMock {
  public:
    KafkaMock() {
        rd_kafka_conf_t* conf = rd_kafka_conf_new();
        set(conf, "test.mock.num.brokers", "1");
        set(conf, "linger.ms", "0");
        set(conf, "log_level", "0");
        producer_ = rd_kafka_new(RD_KAFKA_PRODUCER, conf, nullptr, 0);
        cluster_ = rd_kafka_handle_mock_cluster(producer_);
    }
    ~KafkaMock() { rd_kafka_destroy(producer_); }
    KafkaMock(const KafkaMock&) = delete;
    KafkaMock& operator=(const KafkaMock&) = delete;

    std::string brokers() const { return rd_kafka_mock_cluster_bootstraps(cluster_); }
    rd_kafka_mock_cluster_t* cluster() const { return cluster_; }

    void create(const std::string& topic, int partitions) const {
        rd_kafka_mock_topic_create(cluster_, topic.c_str(), partitions, 1);
    }

    // Appends and waits until the broker has it. Time 0 = now.
    void produce(const std::string& topic,
                 int32_t partition,
                 std::string_view value,
                 int64_t time_ms = 0) const {
        rd_kafka_producev(producer_,
                          RD_KAFKA_V_TOPIC(topic.c_str()),
                          RD_KAFKA_V_PARTITION(partition),
                          RD_KAFKA_V_VALUE(const_cast<char*>(value.data()), value.size()),
                          RD_KAFKA_V_TIMESTAMP(time_ms),
                          RD_KAFKA_V_HEADER("content-type", "application/json", -1),
                          RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY),
                          RD_KAFKA_V_END);
        rd_kafka_flush(producer_, 5000);
    }

  private:
    static void set(rd_kafka_conf_t* conf, const char* name, const char* value) {
        rd_kafka_conf_set(conf, name, value, nullptr, 0);
    }

    rd_kafka_t* producer_ = nullptr;
    rd_kafka_mock_cluster_t* cluster_ = nullptr;
};

}  // namespace spantoll::ingest
