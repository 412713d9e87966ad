#include "ingest/kafka/watch.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "schemas/check.h"

namespace spantoll::ingest {
namespace {

// How soon new partitions and lost leaders are noticed while all is well; well below `idle_after`.
constexpr std::chrono::milliseconds kCalmPause(2000);
// The pause while something is not known.
constexpr std::chrono::milliseconds kDoubtPause(200);
// A broker that starts may not know its topics for a moment. After this many rounds, 5 s of
// kDoubtPause, they count as gone.
constexpr int kMissingRoundsMax = 25;

}  // namespace

KafkaWatch::KafkaWatch(rd_kafka_t& client, const std::vector<TopicPartition>& partitions)
    : client_(client),
      partitions_(partitions),
      views_(partitions.size()),
      leaders_(partitions.size(), -1) {
    for (PartitionIndex index = 0; index < partitions_.size(); ++index) {
        const TopicPartition& partition = partitions_[index];
        if (partition.partition == 0) {
            KafkaTopic handle(rd_kafka_topic_new(&client_, partition.topic.c_str(), nullptr));
            CHECK(handle != nullptr, "the topic was found under this name");
            topics_.push_back({.handle = std::move(handle), .first = index, .partition_count = 0});
        }
        ++topics_.back().partition_count;
    }
    thread_ = std::thread([this] { run(); });
}

KafkaWatch::~KafkaWatch() {
    {
        const std::lock_guard lock(mutex_);
        is_ending_ = true;
    }
    wake_.notify_one();
    thread_.join();
}

void KafkaWatch::doubt() {
    {
        const std::lock_guard lock(mutex_);
        ++epoch_;
        std::fill(views_.begin(), views_.end(), View{});
        is_woken_ = true;
    }
    ++version_;
    wake_.notify_one();
}

void KafkaWatch::note_missing(const std::string& topic) {
    const std::lock_guard lock(mutex_);
    for (Topic& one : topics_) {
        if (partitions_[one.first].topic == topic) {
            one.was_missing = true;
        }
    }
}

void KafkaWatch::doubt_end(PartitionIndex partition) {
    {
        const std::lock_guard lock(mutex_);
        ++epoch_;
        views_[partition].end_offset = -1;
        is_woken_ = true;
    }
    ++version_;
    wake_.notify_one();
}

// A broker thread of librdkafka 2.0 that found the local queue full looks again only when something
// wakes it, or after a second. A consumer that emptied the queue sooner would wait for that second.
// Any request to that broker wakes its thread.
void KafkaWatch::nudge(PartitionIndex partition) {
    {
        const std::lock_guard lock(mutex_);
        if (std::find(nudged_.begin(), nudged_.end(), partition) == nudged_.end()) {
            nudged_.push_back(partition);
        }
    }
    wake_.notify_one();
}

void KafkaWatch::read(std::vector<View>& views) {
    const uint64_t version = version_.load();
    if (version != version_read_) {
        const std::lock_guard lock(mutex_);
        views = views_;
        version_read_ = version;
    }
}

void KafkaWatch::run() {
    std::unique_lock lock(mutex_);
    while (!is_ending_) {
        const auto wait = is_all_known() ? kCalmPause : kDoubtPause;
        const bool is_hurried = wake_.wait_for(
            lock, wait, [this] { return is_ending_ || is_woken_ || !nudged_.empty(); });
        if (is_ending_) {
            return;
        }
        const bool is_round = is_woken_ || !is_hurried;
        is_woken_ = false;
        const uint64_t epoch = epoch_;
        std::vector<PartitionIndex> ends = std::exchange(nudged_, {});
        lock.unlock();
        if (is_round) {
            for (Topic& topic : topics_) {
                ask_leaders(topic, epoch);
            }
        }
        lock.lock();
        for (PartitionIndex index = 0; is_round && index < views_.size(); ++index) {
            if (views_[index].has_leader && views_[index].end_offset < 0) {
                ends.push_back(index);
            }
        }
        lock.unlock();
        ask_ends(ends, epoch);
        lock.lock();
    }
}

// The leaders by partition of the topic; -1 = no leader, or no broker could say.
std::vector<int32_t> KafkaWatch::leaders_of(Topic& topic) {
    std::vector<int32_t> leaders(static_cast<size_t>(topic.partition_count), -1);
    const rd_kafka_metadata_t* raw = nullptr;
    const auto code = rd_kafka_metadata(&client_, 0, topic.handle.get(), &raw, kRequestMs);
    const KafkaMetadata metadata(code == RD_KAFKA_RESP_ERR_NO_ERROR ? raw : nullptr);
    if (metadata == nullptr || metadata->topic_cnt != 1) {
        return leaders;
    }
    const auto& told = metadata->topics[0];
    judge_presence(topic, told.err);
    if (told.err != RD_KAFKA_RESP_ERR_NO_ERROR) {
        return leaders;
    }
    if (told.partition_cnt != topic.partition_count) {
        have_changed_ = true;
    }
    for (int i = 0; i < told.partition_cnt; ++i) {
        const auto& partition = told.partitions[i];
        if (partition.id >= 0 && partition.id < topic.partition_count) {
            leaders[static_cast<size_t>(partition.id)] = partition.leader;
        }
    }
    return leaders;
}

// A topic that is found again may be another one with the old name and other records at the same
// offsets. Whoever opens it again compares the last record.
void KafkaWatch::judge_presence(Topic& topic, rd_kafka_resp_err_t told) {
    const bool is_missing = told == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART;
    const bool is_found = told == RD_KAFKA_RESP_ERR_NO_ERROR;
    const std::lock_guard lock(mutex_);
    topic.missing_rounds = is_missing ? topic.missing_rounds + 1 : 0;
    if (topic.missing_rounds > kMissingRoundsMax || (topic.was_missing && is_found)) {
        have_changed_ = true;
    }
    topic.was_missing = topic.was_missing || is_missing;
}

void KafkaWatch::ask_leaders(Topic& topic, uint64_t epoch) {
    const std::vector<int32_t> leaders = leaders_of(topic);
    const std::lock_guard lock(mutex_);
    if (epoch != epoch_) {
        return;
    }
    for (size_t i = 0; i < leaders.size(); ++i) {
        View& view = views_[topic.first + i];
        int32_t& leader = leaders_[topic.first + i];
        const View before = view;
        if (leaders[i] != leader || leaders[i] < 0) {
            view.end_offset = -1;
        }
        leader = leaders[i];
        view.has_leader = leader >= 0;
        if (view.has_leader != before.has_leader || view.end_offset != before.end_offset) {
            ++version_;
        }
    }
}

void KafkaWatch::ask_ends(const std::vector<PartitionIndex>& indices, uint64_t epoch) {
    if (indices.empty()) {
        return;
    }
    std::vector<OffsetOf> ends;
    ends.reserve(indices.size());
    for (const PartitionIndex index : indices) {
        ends.push_back({.partition = partitions_[index], .offset = kEndOffset});
    }
    const auto code = look_up_offsets(client_, ends, kRequestMs);
    const std::lock_guard lock(mutex_);
    if (epoch != epoch_) {
        return;
    }
    for (size_t i = 0; i < indices.size(); ++i) {
        View& view = views_[indices[i]];
        if (code != RD_KAFKA_RESP_ERR_NO_ERROR) {
            // A leader that does not answer counts as no leader. All leaders are asked in one
            // request: where one of several is silent, the partitions of the others wait as well.
            view = View{};
        } else if (view.has_leader) {
            view.end_offset = ends[i].offset;
        }
    }
    ++version_;
}

bool KafkaWatch::is_all_known() const {
    return std::all_of(
        views_.begin(), views_.end(), [](const View& view) { return view.end_offset >= 0; });
}

}  // namespace spantoll::ingest
