#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "ingest/kafka/handles.h"
#include "ingest/kafka/offsets.h"
#include "schemas/position.h"

namespace spantoll::ingest {

// Asks the brokers, on a thread of its own, who leads each partition, where it ends, and how many
// partitions a topic has: fetching alone cannot tell "nothing new" from "nobody there", and
// librdkafka's calls that can tell it block.
//
// What was learned holds until doubt(): then nothing is believed until it has been asked again,
// so that a partition is never taken for read to its end by what was known before an outage.
//
// Threads: the engine's for all public functions; its own inside. It ends before the client does.
class KafkaWatch {
  public:
    struct View {
        bool has_leader = false;
        int64_t end_offset = -1;  // asked since the last doubt; -1 = not yet
    };

    // `client` must live longer. `partitions` sorted; each is in doubt at first.
    KafkaWatch(rd_kafka_t& client, const std::vector<TopicPartition>& partitions);
    ~KafkaWatch();  // waits for the requests under way, a few times kRequestMs at most
    KafkaWatch(const KafkaWatch&) = delete;
    KafkaWatch& operator=(const KafkaWatch&) = delete;

    // Something failed: forget every partition's view and ask at once.
    void doubt();
    // A partition of the topic was unknown to its broker: where the topic is found again it was
    // deleted and made anew, and the partitions count as changed.
    void note_missing(const std::string& topic);
    // Forget one partition's end, because it was not fetched for a while.
    void doubt_end(PartitionIndex partition);

    // Fetching waits although a partition has more: makes librdkafka look again (see the .cc).
    void nudge(PartitionIndex partition);

    // Copies the views, by PartitionIndex, where they changed since the last call.
    void read(std::vector<View>& views);

    // A topic has other partitions than at the start, or is gone, or was. Never becomes false
    // again.
    bool have_partitions_changed() const { return have_changed_.load(); }

    static constexpr int kRequestMs = 1000;

  private:
    struct Topic {
        KafkaTopic handle;
        PartitionIndex first = 0;
        int partition_count = 0;
        int missing_rounds = 0;    // how often in a row the brokers did not know it
        bool was_missing = false;  // under mutex_
    };

    void run();
    void ask_leaders(Topic& topic, uint64_t epoch);
    std::vector<int32_t> leaders_of(Topic& topic);
    void judge_presence(Topic& topic, rd_kafka_resp_err_t told);
    void ask_ends(const std::vector<PartitionIndex>& indices, uint64_t epoch);
    bool is_all_known() const;

    // Constant after construction.
    rd_kafka_t& client_;
    const std::vector<TopicPartition> partitions_;
    std::vector<Topic> topics_;

    std::atomic<bool> have_changed_ = false;
    std::atomic<uint64_t> version_ = 1;  // of views_
    uint64_t version_read_ = 0;          // engine thread only

    mutable std::mutex mutex_;
    std::condition_variable wake_;
    // Under mutex_.
    std::vector<View> views_;
    std::vector<int32_t> leaders_;
    std::vector<PartitionIndex> nudged_;
    uint64_t epoch_ = 0;  // counts doubts, so that an answer to an older question is not believed
    bool is_woken_ = true;
    bool is_ending_ = false;

    std::thread thread_;  // last: it uses all of the above
};

}  // namespace spantoll::ingest
