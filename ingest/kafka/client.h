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

// Topics that a fetch found unknown at their broker. Where one is found again afterwards, it may be
// another topic under the old name, whose records librdkafka would hand out as if they went on.
//
// librdkafka 2.0 has no event for it. Its log does: it is written by the thread that fetches,
// before that thread hands out anything that it fetched later, so whoever takes messages and then
// calls take() learns of it in time.
//
// Thread safe.
class UnknownTopics {
  public:
    void add(std::string topic);
    // Those added since the last call. Costs one atomic read where there are none.
    std::vector<std::string> take();

  private:
    std::atomic<bool> has_any_ = false;
    std::mutex mutex_;
    std::vector<std::string> topics_;
};

// The topic of which librdkafka's log says that its broker does not know it; empty where the line
// says something else. Pure.
std::string unknown_topic_of(std::string_view facility, std::string_view text);

// What librdkafka told through its callbacks. They run on the thread that polls the client, so
// this needs no lock; it must outlive the client.
struct KafkaReports {
    bool is_in_doubt = false;  // a connection or a request failed since this was last cleared
    bool are_all_brokers_down = false;
    std::string last_error;   // of those, the newest, in librdkafka's words
    std::string fatal_error;  // empty = none
    bool is_quiet = false;    // whoever asks tells the user himself
};

struct KafkaProperty {
    const char* name;
    const char* value;
};

// A consumer that reads where it is told and by itself stores, commits and resets nothing. `own`
// are properties that this use of it needs; then come the user's, then those that correctness
// needs. kConfig where the user's name an unknown property, one of those, or a value that
// librdkafka refuses. Does not wait for a broker.
Result<KafkaClient> make_consumer(const KafkaSettings& settings,
                                  std::span<const KafkaProperty> own,
                                  KafkaReports& reports);

// kConfig where a property of the user's is unknown, one that correctness needs, or has a value
// that librdkafka refuses. What only holds of several together is found by make_consumer().
Result<void> check_consumer_property(const std::string& name, const std::string& value);

// Of a client that make_consumer() made; lives as long as the client does.
UnknownTopics& unknown_topics_of(const rd_kafka_t& client);

// The record of a message without an error. It points into the message. `partition` is left 0.
Record record_of(const rd_kafka_message_t& message);

}  // namespace spantoll::ingest
