#include "ingest/kafka/source.h"

#include <algorithm>
#include <array>
#include <spdlog/spdlog.h>

#include <fmt/format.h>

#include "schemas/check.h"

namespace spantoll::ingest {
namespace {

constexpr auto kFlow = std::to_array<KafkaProperty>({
    // Messages read ahead per partition: about 10 ms of the smallest records at full speed. With
    // nudges (see KafkaWatch) a longer queue gains nothing.
    {"queued.min.messages", "20000"},
    // The same bound in kilobytes, for all partitions together, so that memory is bounded whatever
    // the size of records.
    {"queued.max.messages.kbytes", "32768"},
    // One answer of a broker, for all its partitions together: half of what may be queued.
    {"fetch.max.bytes", "16777216"},
});

// How many messages are taken from librdkafka at once, so that the array of one call stays small.
constexpr size_t kTakeMax = 1000;

// Nudge when nothing came for this long although there is more. It is longer than a fetch under way
// takes, and short compared with the second that librdkafka may lose otherwise.
constexpr int64_t kNudgeAfterMs = 3;

}  // namespace

Result<std::unique_ptr<KafkaSource>> KafkaSource::open(const KafkaSourceOptions& options) {
    std::unique_ptr<KafkaSource> source(new KafkaSource);
    {
        auto probe = KafkaProbe::open(options.settings);
        if (!probe) {
            return tl::make_unexpected(probe.error());
        }
        auto start = plan_start(**probe, options);
        if (!start) {
            return tl::make_unexpected(start.error());
        }
        source->start_ = std::move(*start);
    }
    auto client = make_consumer(options.settings, kFlow, source->reports_);
    if (!client) {
        return tl::make_unexpected(client.error());
    }
    source->client_ = std::move(*client);
    rd_kafka_t* const raw = source->client_.get();
    rd_kafka_poll_set_consumer(raw);
    source->queue_.reset(rd_kafka_queue_get_consumer(raw));

    const auto& partitions = source->start_.partitions;
    std::vector<OffsetOf> offsets;
    for (size_t i = 0; i < partitions.size(); ++i) {
        offsets.push_back({.partition = partitions[i], .offset = source->start_.offsets[i]});
        source->partitions_.push_back({.next_offset = source->start_.offsets[i]});
    }
    const auto code = rd_kafka_assign(raw, list_of(offsets).get());
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR) {
        return failure(ErrorKind::kUnavailable,
                       fmt::format("kafka: partitions cannot be read: {}", rd_kafka_err2str(code)));
    }
    source->views_.resize(partitions.size());
    source->group_ = std::make_unique<KafkaGroup>(*raw, options.settings.group, partitions);
    source->watch_ = std::make_unique<KafkaWatch>(*raw, partitions);
    return source;
}

KafkaSource::~KafkaSource() {
    watch_.reset();
    release();
    if (group_ != nullptr) {
        group_->flush(kStopWaitMs);
    }
    if (client_ != nullptr) {
        rd_kafka_assign(client_.get(), nullptr);  // stop fetching, even if its topics are gone
    }
}

Result<RecordBatch> KafkaSource::poll(const PollLimits& limits) {
    release();
    RecordBatch batch;
    batch.records.reserve(records_before_);
    if (auto taken = take_first(limits.wait_ms, batch); !taken) {
        return tl::make_unexpected(taken.error());
    }
    size_t bytes = batch.records.empty() ? 0 : batch.records[0].bytes.size();
    while (!held_.empty() && batch.records.size() < limits.records_max &&
           bytes < limits.bytes_max) {
        // Take as many as will fit if they are like those so far, but only about double the batch
        // at a time, because the sizes are not known.
        const size_t count = batch.records.size();
        const size_t bytes_each = count == 0 ? limits.bytes_max : bytes / count + 1;
        const size_t fitting = std::max<size_t>(1, (limits.bytes_max - bytes) / bytes_each);
        const size_t held_before = held_.size();
        if (auto taken = take(
                std::min({fitting, limits.records_max - count, kTakeMax, 2 * count + 1}), 0, batch);
            !taken) {
            return tl::make_unexpected(taken.error());
        }
        if (held_.size() == held_before) {
            break;
        }
        for (size_t i = count; i < batch.records.size(); ++i) {
            bytes += batch.records[i].bytes.size();
        }
    }
    look_at_reports();
    if (!reports_.fatal_error.empty()) {
        return failure(ErrorKind::kUnavailable,
                       fmt::format("kafka: reading ended: {}", reports_.fatal_error));
    }
    group_->serve();
    describe_partitions(batch);
    records_before_ = batch.records.size();
    return batch;
}

Result<void> KafkaSource::take_first(int64_t wait_ms, RecordBatch& batch) {
    const int64_t first_wait_ms = std::min(wait_ms, kNudgeAfterMs);
    if (auto taken = take(1, first_wait_ms, batch); !taken || !held_.empty()) {
        return taken;
    }
    nudge_where_waiting();
    return wait_ms > first_wait_ms ? take(1, wait_ms - first_wait_ms, batch) : Result<void>{};
}

Result<void> KafkaSource::take(size_t count_max, int64_t wait_ms, RecordBatch& batch) {
    const size_t before = held_.size();
    held_.resize(before + count_max);
    const ssize_t got = rd_kafka_consume_batch_queue(
        queue_.get(), static_cast<int>(wait_ms), held_.data() + before, count_max);
    CHECK(got >= 0, "the consumer's queue can always be read");
    held_.resize(before + static_cast<size_t>(got));
    for (const std::string& topic : unknown_topics_of(*client_).take()) {
        question(topic);
    }
    for (size_t i = before; i < held_.size(); ++i) {
        if (auto accepted = accept(*held_[i], batch); !accepted) {
            return accepted;
        }
    }
    return {};
}

void KafkaSource::question(const std::string& topic) {
    for (PartitionIndex i = 0; i < partitions_.size(); ++i) {
        if (start_.partitions[i].topic == topic) {
            partitions_[i].is_in_question = true;
        }
    }
    watch_->note_missing(topic);
    reports_.is_in_doubt = true;
}

Result<void> KafkaSource::accept(const rd_kafka_message_t& message, RecordBatch& batch) {
    if (message.err != RD_KAFKA_RESP_ERR_NO_ERROR) {
        return accept_event(message);
    }
    Topic& topic = topic_of(message);
    const PartitionIndex index = topic.first + static_cast<PartitionIndex>(message.partition);
    Partition& partition = partitions_[index];
    // Known already: below the store's position, or fetched again around a pause.
    const bool is_known = message.offset < partition.next_offset;
    if (is_known || partition.is_in_question) {
        return {};
    }
    partition.next_offset = message.offset + 1;
    batch.records.push_back(record_of(message));
    batch.records.back().partition = index;
    if (!topic.is_time_known) {
        note_time(topic, batch.records.back());
    }
    return {};
}

Result<void> KafkaSource::accept_event(const rd_kafka_message_t& message) {
    if (message.rkt == nullptr || message.partition < 0) {
        reports_.is_in_doubt = true;
        reports_.last_error = rd_kafka_message_errstr(&message);
        return {};
    }
    const PartitionIndex index =
        topic_of(message).first + static_cast<PartitionIndex>(message.partition);
    const TopicPartition& name = start_.partitions[index];
    switch (message.err) {
        case RD_KAFKA_RESP_ERR__PARTITION_EOF:
            // Only transaction markers and aborted records lie between the last record and this
            // offset.
            if (!partitions_[index].is_in_question) {
                partitions_[index].next_offset =
                    std::max(partitions_[index].next_offset, message.offset);
            }
            return {};
        case RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET:
        case RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE:
            return failure(ErrorKind::kConfig,
                           fmt::format("kafka: {}/{}: offset {} is no longer in the log: {}",
                                       name.topic,
                                       name.partition,
                                       partitions_[index].next_offset,
                                       rd_kafka_message_errstr(&message)));
        case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED:
        case RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED:
            return failure(ErrorKind::kUnavailable,
                           fmt::format("kafka: {}/{} may not be read: {}",
                                       name.topic,
                                       name.partition,
                                       rd_kafka_message_errstr(&message)));
        case RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART:
        case RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC:
        case RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION:
            question(name.topic);
            return {};
        default:
            // librdkafka tries again by itself; the watch finds out what is wrong.
            spdlog::warn(
                "kafka: {}/{}: {}", name.topic, name.partition, rd_kafka_message_errstr(&message));
            reports_.is_in_doubt = true;
            return {};
    }
}

KafkaSource::Topic& KafkaSource::topic_of(const rd_kafka_message_t& message) {
    for (Topic& topic : topics_) {
        if (topic.handle == message.rkt) {
            return topic;
        }
    }
    const TopicPartition first{rd_kafka_topic_name(message.rkt), 0};
    const auto place = std::lower_bound(start_.partitions.begin(), start_.partitions.end(), first);
    CHECK(place != start_.partitions.end() && *place == first, "only our topics are read");
    topics_.push_back({.handle = message.rkt,
                       .first = static_cast<PartitionIndex>(place - start_.partitions.begin())});
    return topics_.back();
}

void KafkaSource::note_time(Topic& topic, const Record& record) {
    topic.is_time_known = true;
    const std::string& name = start_.partitions[topic.first].topic;
    auto& known = start_.topics_with_create_time;
    if (record.append_ms == 0 && std::find(known.begin(), known.end(), name) == known.end()) {
        known.push_back(name);
    }
}

void KafkaSource::release() {
    for (rd_kafka_message_t* message : held_) {
        rd_kafka_message_destroy(message);
    }
    held_.clear();
}

void KafkaSource::look_at_reports() {
    if (reports_.is_in_doubt) {
        reports_.is_in_doubt = false;
        watch_->doubt();
    }
    watch_->read(views_);
    const bool is_led = std::any_of(
        views_.begin(), views_.end(), [](const KafkaWatch::View& v) { return v.end_offset >= 0; });
    if (is_led && reports_.are_all_brokers_down) {
        spdlog::info("kafka: brokers can be reached again");
        reports_.are_all_brokers_down = false;
    }
}

// The end of the partition as far as it is known: from the watch since the last doubt, or from the
// last fetch.
int64_t KafkaSource::known_end(PartitionIndex partition) {
    const TopicPartition& name = start_.partitions[partition];
    int64_t low = -1;
    int64_t fetched_end = -1;
    rd_kafka_get_watermark_offsets(
        client_.get(), name.topic.c_str(), name.partition, &low, &fetched_end);
    return std::max({views_[partition].end_offset, fetched_end, int64_t{-1}});
}

void KafkaSource::describe_partitions(RecordBatch& batch) {
    batch.partitions.resize(partitions_.size());
    for (PartitionIndex i = 0; i < partitions_.size(); ++i) {
        const KafkaWatch::View& view = views_[i];
        PartitionState& state = batch.partitions[i];
        state.has_leader = view.has_leader;
        state.end_offset = known_end(i);
        state.next_offset = partitions_[i].next_offset;
        // A paused partition is not fetched, so its known end may be out of date.
        state.is_at_end = view.has_leader && view.end_offset >= 0 && !partitions_[i].is_paused &&
                          partitions_[i].next_offset >= state.end_offset;
    }
}

void KafkaSource::nudge_where_waiting() {
    for (PartitionIndex i = 0; i < partitions_.size(); ++i) {
        Partition& partition = partitions_[i];
        // Only once per offset: records after an open transaction exist but cannot be read yet.
        if (views_[i].has_leader && !partition.is_paused &&
            partition.nudged_at != partition.next_offset && partition.next_offset < known_end(i)) {
            partition.nudged_at = partition.next_offset;
            watch_->nudge(i);
        }
    }
}

void KafkaSource::set_paused(PartitionIndex partition, bool paused) {
    Partition& state = partitions_.at(partition);
    // Resuming a partition that is not paused would make librdkafka 2.0 fetch from an old offset.
    if (state.is_paused == paused) {
        return;
    }
    state.is_paused = paused;
    const KafkaPartitions list = list_of({{.partition = start_.partitions[partition]}});
    if (paused) {
        rd_kafka_pause_partitions(client_.get(), list.get());
    } else {
        rd_kafka_resume_partitions(client_.get(), list.get());
        watch_->doubt_end(partition);
    }
    CHECK(list->elems[0].err == RD_KAFKA_RESP_ERR_NO_ERROR, "the partition is assigned");
}

void KafkaSource::positions_are_durable(const std::vector<int64_t>& next_offsets) {
    group_->show(next_offsets);
}

}  // namespace spantoll::ingest
