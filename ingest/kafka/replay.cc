#include "ingest/kafka/replay.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <spdlog/spdlog.h>

#include <fmt/format.h>

#include "schemas/check.h"

namespace spantoll::ingest {
namespace {

// The bound of what all partitions together read ahead; each partition has its own queue and an
// equal share.
constexpr size_t kAheadKbytesMax = 65'536;
constexpr size_t kAheadKbytesMin = 1024;

// How many messages are taken from the queue of a partition at once.
constexpr size_t kAheadMax = 500;

// See KafkaSource.
constexpr int64_t kNudgeAfterMs = 3;

// While nothing comes, we check this often whether the topic still exists. A broker that starts may
// not know its topics for a moment.
constexpr std::chrono::seconds kLookPause(1);
constexpr int kLookMs = 1000;
constexpr int kMissingLooksMax = 5;

// The offset of a place in a partition, limited to what the partition holds.
Result<int64_t> offset_of(const LogPlace& place,
                          KafkaProbe& probe,
                          const TopicPartition& partition,
                          const OffsetRange& held) {
    switch (place.kind) {
        case LogPlace::Kind::kBeginning:
            return held.begin;
        case LogPlace::Kind::kEnd:
            return held.end;
        case LogPlace::Kind::kOffset:
            return std::min(place.value, held.end);
        case LogPlace::Kind::kTime:
            break;
    }
    const auto offset = probe.offset_at_time(partition, place.value);
    if (!offset) {
        return tl::make_unexpected(offset.error());
    }
    return std::min(offset->value_or(held.end), held.end);
}

// The range to read of a partition that holds `held`.
Result<OffsetRange> range_of(const KafkaReplayOptions& options,
                             KafkaProbe& probe,
                             const TopicPartition& partition,
                             const OffsetRange& held) {
    const auto from = offset_of(options.from, probe, partition, held);
    if (!from) {
        return tl::make_unexpected(from.error());
    }
    if (*from < held.begin) {
        return failure(ErrorKind::kConfig,
                       fmt::format("kafka: {}/{}: --from {} is no longer in the log, which begins "
                                   "at {}",
                                   partition.topic,
                                   partition.partition,
                                   *from,
                                   held.begin));
    }
    const auto to = offset_of(options.to, probe, partition, held);
    if (!to) {
        return tl::make_unexpected(to.error());
    }
    return OffsetRange{.begin = *from, .end = *to};
}

}  // namespace

Result<std::unique_ptr<KafkaReplay>> KafkaReplay::open(const KafkaReplayOptions& options) {
    std::unique_ptr<KafkaReplay> replay(new KafkaReplay);
    auto probe = KafkaProbe::open(options.settings);
    if (!probe) {
        return tl::make_unexpected(probe.error());
    }
    auto partitions = (*probe)->partitions();
    if (!partitions) {
        return tl::make_unexpected(partitions.error());
    }
    replay->partitions_ = std::move(*partitions);
    const auto held = (*probe)->ranges(replay->partitions_);
    if (!held) {
        return tl::make_unexpected(held.error());
    }
    for (size_t i = 0; i < held->size(); ++i) {
        const auto range = range_of(options, **probe, replay->partitions_[i], (*held)[i]);
        if (!range) {
            return tl::make_unexpected(range.error());
        }
        if (options.from.kind == LogPlace::Kind::kBeginning && range->begin > 0) {
            spdlog::warn(
                "kafka: {}/{} begins at offset {}: what came before is gone, so this replay does "
                "not count it",
                replay->partitions_[i].topic,
                replay->partitions_[i].partition,
                range->begin);
        }
        replay->reading_.push_back({.queue = nullptr, .left = *range, .ahead = {}, .taken = 0});
    }
    const std::string kbytes = std::to_string(
        std::max(kAheadKbytesMin, kAheadKbytesMax / (replay->partitions_.size() + 1)));
    const auto flow = std::to_array<KafkaProperty>({
        {"queued.min.messages", "10000"},
        {"queued.max.messages.kbytes", kbytes.c_str()},
        {"fetch.max.bytes", "16777216"},
    });
    auto client = make_consumer(options.settings, flow, replay->reports_);
    if (!client) {
        return tl::make_unexpected(client.error());
    }
    replay->client_ = std::move(*client);
    if (auto assigned = replay->assign(); !assigned) {
        return tl::make_unexpected(assigned.error());
    }
    return replay;
}

KafkaReplay::~KafkaReplay() {
    release();
    for (Partition& partition : reading_) {
        std::for_each(partition.ahead.begin() + static_cast<std::ptrdiff_t>(partition.taken),
                      partition.ahead.end(),
                      rd_kafka_message_destroy);
    }
}

Result<void> KafkaReplay::assign() {
    std::vector<OffsetOf> offsets;
    for (PartitionIndex i = 0; i < reading_.size(); ++i) {
        Partition& partition = reading_[i];
        if (partition.is_finished()) {
            continue;
        }
        const TopicPartition& name = partitions_[i];
        offsets.push_back({.partition = name, .offset = partition.left.begin});
        // Each partition has its own queue, so that one that is far ahead does not block the
        // others.
        partition.queue.reset(
            rd_kafka_queue_get_partition(client_.get(), name.topic.c_str(), name.partition));
        CHECK(partition.queue != nullptr, "a consumer has a queue for every partition");
        rd_kafka_queue_forward(partition.queue.get(), nullptr);
        headless_.push_back(i);
    }
    const auto code = rd_kafka_assign(client_.get(), list_of(offsets).get());
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR) {
        return failure(ErrorKind::kUnavailable,
                       fmt::format("kafka: partitions cannot be read: {}", rd_kafka_err2str(code)));
    }
    return {};
}

Result<RecordBatch> KafkaReplay::poll(const PollLimits& limits) {
    release();
    RecordBatch batch;
    const auto deadline =
        std::chrono::steady_clock::now() + std::chrono::milliseconds(limits.wait_ms);
    size_t bytes = 0;
    while (batch.records.size() < limits.records_max && bytes < limits.bytes_max) {
        if (!headless_.empty()) {
            const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
                deadline - std::chrono::steady_clock::now());
            // Records that are ready do not wait for others.
            const int64_t wait_ms = batch.records.empty() ? std::max<int64_t>(0, left.count()) : 0;
            const auto found = find_head(headless_.back(), wait_ms);
            if (!found) {
                return tl::make_unexpected(found.error());
            }
            if (!*found) {
                break;
            }
            headless_.pop_back();
            continue;
        }
        if (heads_.empty()) {
            break;
        }
        const Head head = heads_.top();
        heads_.pop();
        hand_out(head.partition, batch);
        bytes += batch.records.back().bytes.size();
    }
    if (!batch.records.empty()) {
        missing_looks_ = 0;
    } else if (!headless_.empty()) {
        if (auto found = look_for_topic(headless_.back()); !found) {
            return tl::make_unexpected(found.error());
        }
    }
    rd_kafka_poll(client_.get(), 0);
    if (const auto unknown = unknown_topics_of(*client_).take(); !unknown.empty()) {
        return failure(ErrorKind::kConfig,
                       fmt::format("kafka: topic {} was deleted, or made again, while it was read",
                                   unknown.front()));
    }
    if (!reports_.fatal_error.empty()) {
        return failure(ErrorKind::kUnavailable,
                       fmt::format("kafka: reading ended: {}", reports_.fatal_error));
    }
    describe_partitions(batch);
    return batch;
}

// Nothing comes, either because no broker can be reached, which passes, or because the topic was
// deleted, which librdkafka does not report to the queue of a partition.
Result<void> KafkaReplay::look_for_topic(PartitionIndex index) {
    const auto now = std::chrono::steady_clock::now();
    if (now < next_look_) {
        return {};
    }
    next_look_ = now + kLookPause;
    const std::string& name = partitions_[index].topic;
    const KafkaTopic topic(rd_kafka_topic_new(client_.get(), name.c_str(), nullptr));
    CHECK(topic != nullptr, "the topic was found under this name");
    const rd_kafka_metadata_t* raw = nullptr;
    const auto code = rd_kafka_metadata(client_.get(), 0, topic.get(), &raw, kLookMs);
    const KafkaMetadata metadata(code == RD_KAFKA_RESP_ERR_NO_ERROR ? raw : nullptr);
    const bool is_missing = metadata != nullptr && metadata->topic_cnt == 1 &&
                            metadata->topics[0].err == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART;
    missing_looks_ = is_missing ? missing_looks_ + 1 : 0;
    if (missing_looks_ <= kMissingLooksMax) {
        return {};
    }
    return failure(ErrorKind::kConfig,
                   fmt::format("kafka: topic {} was deleted while it was read", name));
}

// True where the partition now has a head, or is finished and needs none.
Result<bool> KafkaReplay::find_head(PartitionIndex index, int64_t wait_ms) {
    Partition& partition = reading_[index];
    if (partition.taken == partition.ahead.size() && !partition.is_end_seen) {
        if (auto read = read_ahead(index, wait_ms); !read) {
            return tl::make_unexpected(read.error());
        }
    }
    if (partition.taken < partition.ahead.size()) {
        const Record record = record_of(*partition.ahead[partition.taken]);
        heads_.push({.time_ms = record.timestamp_ms, .partition = index});
        return true;
    }
    if (partition.is_end_seen) {
        partition.left.begin = partition.left.end;
    }
    return partition.is_finished();
}

Result<void> KafkaReplay::read_ahead(PartitionIndex index, int64_t wait_ms) {
    size_t got = fetch(index, std::min(wait_ms, kNudgeAfterMs));
    if (got == 0 && wait_ms > kNudgeAfterMs) {
        // librdkafka 2.0 checks only once a second whether a queue that was full has room again,
        // but also whenever the broker is asked anything.
        std::vector<OffsetOf> end{{.partition = partitions_[index], .offset = kEndOffset}};
        look_up_offsets(*client_, end, static_cast<int>(wait_ms));
        got = fetch(index, wait_ms);
    }
    reading_[index].ahead.clear();
    reading_[index].taken = 0;
    Result<void> result;
    for (size_t i = 0; i < got; ++i) {
        if (auto sorted = sort_out(index, KafkaMessage(fetched_[i])); !sorted) {
            result = sorted;
        }
    }
    return result;
}

// Fetches up to kAheadMax messages into fetched_, which the caller must take over.
size_t KafkaReplay::fetch(PartitionIndex index, int64_t wait_ms) {
    rd_kafka_queue_t* const queue = reading_[index].queue.get();
    fetched_.resize(kAheadMax);
    ssize_t got =
        rd_kafka_consume_batch_queue(queue, static_cast<int>(wait_ms), fetched_.data(), 1);
    if (got == 1) {
        got += rd_kafka_consume_batch_queue(queue, 0, fetched_.data() + 1, kAheadMax - 1);
    }
    CHECK(got >= 0, "a partition's queue can always be read");
    return static_cast<size_t>(got);
}

Result<void> KafkaReplay::sort_out(PartitionIndex index, KafkaMessage message) {
    Partition& partition = reading_[index];
    const bool is_record = message->err == RD_KAFKA_RESP_ERR_NO_ERROR;
    if (is_record && message->offset < partition.left.end) {
        partition.ahead.push_back(message.release());
        return {};
    }
    if (is_record || message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
        partition.is_end_seen = partition.is_end_seen || message->offset >= partition.left.end;
        return {};
    }
    if (message->err == RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET) {
        const TopicPartition& name = partitions_[index];
        return failure(ErrorKind::kConfig,
                       fmt::format("kafka: {}/{}: offset {} is no longer in the log: {}",
                                   name.topic,
                                   name.partition,
                                   partition.left.begin,
                                   rd_kafka_message_errstr(message.get())));
    }
    // librdkafka retries after any other error.
    return {};
}

void KafkaReplay::hand_out(PartitionIndex index, RecordBatch& batch) {
    Partition& partition = reading_[index];
    rd_kafka_message_t* const message = partition.ahead[partition.taken++];
    held_.push_back(message);
    batch.records.push_back(record_of(*message));
    batch.records.back().partition = index;
    partition.left.begin = message->offset + 1;
    if (!partition.is_finished()) {
        headless_.push_back(index);
    }
}

void KafkaReplay::describe_partitions(RecordBatch& batch) const {
    batch.is_finished = true;
    for (const Partition& partition : reading_) {
        batch.partitions.push_back({.end_offset = partition.left.end,
                                    .is_at_end = partition.is_finished(),
                                    .has_leader = true,
                                    .next_offset = partition.left.begin});
        batch.is_finished = batch.is_finished && partition.is_finished();
    }
}

void KafkaReplay::release() {
    for (rd_kafka_message_t* message : held_) {
        rd_kafka_message_destroy(message);
    }
    held_.clear();
}

}  // namespace spantoll::ingest
