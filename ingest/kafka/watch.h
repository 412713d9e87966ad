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

// Asks the brokers, on a thread of its own, which broker leads each partition, where the partition
// ends, and how many partitions a topic has. Fetching alone cannot tell "nothing new" from "no
// broker there", and the librdkafka calls that can tell would block.
//
// An answer counts until doubt() is called; then everything must be asked again. So what was known
// before an outage never makes a partition appear to be read to its end.
//
// Threads: the engine calls all public functions; the class has a thread of its own inside. It must
// end before the client does.
class KafkaWatch {
  public:
    struct View {
        bool has_leader = false;
        int64_t end_offset = -1;  // learned since the last doubt; -1 = not yet
    };

    // `client` must outlive this object. `partitions` must be sorted; all of them are in doubt at
    // first.
    KafkaWatch(rd_kafka_t& client, const std::vector<TopicPartition>& partitions);
    ~KafkaWatch();  // waits for requests under way, at most a few kRequestMs
    KafkaWatch(const KafkaWatch&) = delete;
    KafkaWatch& operator=(const KafkaWatch&) = delete;

    // Something failed: forgets the view of every partition and asks again at once.
    void doubt();
    // A broker did not know a partition of the topic. If the topic is found again, it was deleted
    // and created anew, and the partitions count as changed.
    void note_missing(const std::string& topic);
    // Forgets the end of one partition, because it was not fetched for a while.
    void doubt_end(PartitionIndex partition);

    // Fetching stalls although the partition has more records: makes librdkafka look again (see the
    // .cc).
    void nudge(PartitionIndex partition);

    // Copies the views, by PartitionIndex, if they changed since the last call.
    void read(std::vector<View>& views);

    // A topic has a different number of partitions than at the start, is gone, or was gone for a
    // time. Never becomes false again.
    bool have_partitions_changed() const { return have_changed_.load(); }

    static constexpr int kRequestMs = 1000;

  private:
    struct Topic {
        KafkaTopic handle;
        PartitionIndex first = 0;
        int partition_count = 0;
        int missing_rounds = 0;    // rounds in a row in which no broker knew it
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
    uint64_t epoch_ = 0;  // counts doubts; an answer to an older question is ignored
    bool is_woken_ = true;
    bool is_ending_ = false;

    std::thread thread_;  // last: it uses all of the above
};

}  // namespace spantoll::ingest
