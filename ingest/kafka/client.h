#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ingest/kafka/handles.h"
#include "ingest/record.h"
#include "schemas/error.h"
#include "schemas/settings.h"

namespace spantoll::ingest {

// Topics that were unknown to their broker when they were fetched. If such a topic is found again
// later, it may be another topic with the old name, and librdkafka would hand out its records as if
// they continued the old one.
//
// librdkafka 2.0 has no event for this, but its log shows it. The log line is written by the thread
// that fetches, before that thread hands out anything it fetched later. So a caller that first
// takes messages and then calls take() learns of it in time.
//
// Thread safe.
class UnknownTopics {
  public:
    void add(std::string topic);
    // The topics added since the last call. Costs one atomic read where there are none.
    std::vector<std::string> take();

  private:
    std::atomic<bool> has_any_ = false;
    std::mutex mutex_;
    std::vector<std::string> topics_;
};

// The topic that is unknown to its broker according to this line of librdkafka's log; empty where
// the line says something else. Pure.
std::string unknown_topic_of(std::string_view facility, std::string_view text);

// What librdkafka reported through its callbacks. They run on the thread that polls the client, so
// this needs no lock. It must outlive the client.
struct KafkaReports {
    bool is_in_doubt = false;  // a connection or a request failed since this was last cleared
    bool are_all_brokers_down = false;
    std::string last_error;   // the newest of them, in librdkafka's words
    std::string fatal_error;  // empty = none
    bool is_quiet = false;    // the caller reports errors to the user itself
};

struct KafkaProperty {
    const char* name;
    const char* value;
};

// Makes a consumer that reads from where it is told and never stores, commits or resets positions
// by itself. `own` are properties that this use needs; the user's properties are set after them,
// and those that correctness needs come last. kConfig where a property of the user is unknown, is
// one that correctness needs, or has a value that librdkafka refuses. Does not wait for a broker.
Result<KafkaClient> make_consumer(const KafkaSettings& settings,
                                  std::span<const KafkaProperty> own,
                                  KafkaReports& reports);

// kConfig where a property of the user is unknown, is one that correctness needs, or has a value
// that librdkafka refuses. Properties that only conflict with each other are found by
// make_consumer().
Result<void> check_consumer_property(const std::string& name, const std::string& value);

// `client` must come from make_consumer(). The result lives as long as the client.
UnknownTopics& unknown_topics_of(const rd_kafka_t& client);

// The record of a message that is not an error. It points into the message. `partition` stays 0.
Record record_of(const rd_kafka_message_t& message);

}  // namespace spantoll::ingest
