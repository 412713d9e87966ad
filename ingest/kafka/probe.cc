#include "ingest/kafka/probe.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <string_view>

#include <fmt/format.h>

#include "schemas/check.h"
#include "schemas/crc32c.h"

namespace spantoll::ingest {
namespace {

// One record of each partition is wanted, so fetch little.
constexpr auto kLittle = std::to_array<KafkaProperty>({
    {"queued.min.messages", "1"},
    {"fetch.message.max.bytes", "65536"},
});

// Not worth a longer wait, because the first record shows the same.
constexpr int kOptionalAnswerMs = 1000;

using SteadyTime = std::chrono::steady_clock::time_point;

SteadyTime answer_deadline() {
    return std::chrono::steady_clock::now() + std::chrono::milliseconds(KafkaProbe::kAnswerMs);
}

int ms_until(SteadyTime deadline) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
        deadline - std::chrono::steady_clock::now());
    return static_cast<int>(std::max<int64_t>(0, left.count()));
}

bool has_create_time(const rd_kafka_ConfigResource_t& resource) {
    size_t count = 0;
    const auto* entries = rd_kafka_ConfigResource_configs(&resource, &count);
    return std::any_of(entries, entries + count, [](const rd_kafka_ConfigEntry_t* entry) {
        const char* value = rd_kafka_ConfigEntry_value(entry);
        return rd_kafka_ConfigEntry_name(entry) == std::string_view("message.timestamp.type") &&
               value != nullptr && value == std::string_view("CreateTime");
    });
}

}  // namespace

Result<std::unique_ptr<KafkaProbe>> KafkaProbe::open(const KafkaSettings& settings) {
    std::unique_ptr<KafkaProbe> probe(new KafkaProbe(settings));
    probe->reports_.is_quiet = true;
    auto client = make_consumer(settings, kLittle, probe->reports_);
    if (!client) {
        return tl::make_unexpected(client.error());
    }
    probe->client_ = std::move(*client);
    rd_kafka_poll_set_consumer(probe->client_.get());
    return probe;
}

tl::unexpected<Error> KafkaProbe::unavailable(std::string_view what, rd_kafka_resp_err_t code) {
    // Lets the error callback run, which knows more than the code says. No record can be waiting.
    KafkaMessage event(rd_kafka_consumer_poll(client_.get(), 0));
    const std::string why =
        reports_.last_error.empty() ? rd_kafka_err2str(code) : reports_.last_error;
    return failure(ErrorKind::kUnavailable,
                   fmt::format("kafka: {} of {} cannot be read: {}; is the broker running?",
                               what,
                               settings_.brokers,
                               why));
}

Result<int> KafkaProbe::partition_count(const std::string& topic) {
    KafkaTopic handle(rd_kafka_topic_new(client_.get(), topic.c_str(), nullptr));
    if (handle == nullptr) {
        return failure(ErrorKind::kConfig,
                       fmt::format("kafka: '{}' cannot be the name of a topic", topic));
    }
    const rd_kafka_metadata_t* raw = nullptr;
    const auto code = rd_kafka_metadata(client_.get(), 0, handle.get(), &raw, kAnswerMs);
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR) {
        return unavailable(fmt::format("topic '{}'", topic), code);
    }
    const KafkaMetadata metadata(raw);
    CHECK(metadata->topic_cnt == 1, "one topic was asked for");
    const auto& answer = metadata->topics[0];
    if (answer.err == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART ||
        answer.err == RD_KAFKA_RESP_ERR_TOPIC_EXCEPTION) {
        return failure(ErrorKind::kConfig,
                       fmt::format("kafka: {} has no topic '{}': create it, or correct the name",
                                   settings_.brokers,
                                   topic));
    }
    if (answer.err != RD_KAFKA_RESP_ERR_NO_ERROR) {
        return unavailable(fmt::format("topic '{}'", topic), answer.err);
    }
    return answer.partition_cnt;
}

Result<std::vector<TopicPartition>> KafkaProbe::partitions() {
    std::vector<TopicPartition> found;
    for (const std::string& topic : settings_.topics) {
        const auto count = partition_count(topic);
        if (!count) {
            return tl::make_unexpected(count.error());
        }
        for (int32_t partition = 0; partition < *count; ++partition) {
            found.push_back({topic, partition});
        }
    }
    std::sort(found.begin(), found.end());
    // A topic that is configured twice is read once.
    found.erase(std::unique(found.begin(), found.end()), found.end());
    return found;
}

Result<std::vector<OffsetRange>> KafkaProbe::ranges(const std::vector<TopicPartition>& partitions) {
    std::vector<OffsetOf> begins;
    std::vector<OffsetOf> ends;
    begins.reserve(partitions.size());
    ends.reserve(partitions.size());
    for (const TopicPartition& partition : partitions) {
        begins.push_back({.partition = partition, .offset = kFirstOffset});
        ends.push_back({.partition = partition, .offset = kEndOffset});
    }
    // Ask for the ends first: a log that is truncated or created anew in between then has no end
    // before its beginning.
    for (std::vector<OffsetOf>* const wanted : {&ends, &begins}) {
        const auto code = look_up_offsets(*client_, *wanted, kAnswerMs);
        if (code != RD_KAFKA_RESP_ERR_NO_ERROR) {
            return unavailable("a partition's offsets", code);
        }
    }
    std::vector<OffsetRange> ranges;
    ranges.reserve(partitions.size());
    for (size_t i = 0; i < partitions.size(); ++i) {
        // Retention may have moved the beginning past the end that was there a moment ago.
        ranges.push_back(
            {.begin = begins[i].offset, .end = std::max(begins[i].offset, ends[i].offset)});
    }
    return ranges;
}

Result<std::vector<std::optional<int64_t>>> KafkaProbe::group_offsets(
    const std::vector<TopicPartition>& partitions) {
    std::vector<OffsetOf> wanted;
    wanted.reserve(partitions.size());
    for (const TopicPartition& partition : partitions) {
        wanted.push_back({.partition = partition, .offset = RD_KAFKA_OFFSET_INVALID});
    }
    const KafkaPartitions list = list_of(wanted);
    const auto code = rd_kafka_committed(client_.get(), list.get(), kAnswerMs);
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR) {
        return unavailable(fmt::format("the offsets of group '{}'", settings_.group), code);
    }
    std::vector<std::optional<int64_t>> offsets;
    for (int i = 0; i < list->cnt; ++i) {
        const int64_t offset = list->elems[i].offset;
        offsets.push_back(offset >= 0 ? std::optional(offset) : std::nullopt);
    }
    return offsets;
}

Result<std::vector<std::optional<FoundRecord>>> KafkaProbe::records_at(
    const std::vector<OffsetOf>& wanted) {
    std::vector<std::optional<FoundRecord>> found(wanted.size());
    if (wanted.empty()) {
        return found;
    }
    std::vector<bool> is_answered(wanted.size(), false);
    auto waiting = wanted.size();
    const KafkaPartitions list = list_of(wanted);
    rd_kafka_assign(client_.get(), list.get());
    const SteadyTime deadline = answer_deadline();
    while (waiting > 0 && ms_until(deadline) > 0) {
        const KafkaMessage message(rd_kafka_consumer_poll(client_.get(), ms_until(deadline)));
        if (message == nullptr || message->rkt == nullptr) {
            continue;
        }
        const TopicPartition partition{rd_kafka_topic_name(message->rkt), message->partition};
        const auto one = std::find_if(wanted.begin(), wanted.end(), [&](const OffsetOf& w) {
            return w.partition == partition;
        });
        const auto index = static_cast<size_t>(one - wanted.begin());
        if (one == wanted.end() || is_answered[index]) {
            continue;
        }
        if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR) {
            const Record record = record_of(*message);
            found[index] = {.offset = record.offset,
                            .fingerprint = {.append_ms = record.append_ms,
                                            .size = static_cast<uint32_t>(record.bytes.size()),
                                            .crc32c = crc32c(record.bytes)}};
        } else if (message->err != RD_KAFKA_RESP_ERR__PARTITION_EOF) {
            return unavailable(fmt::format("partition {}/{}", partition.topic, partition.partition),
                               message->err);
        }
        is_answered[index] = true;
        --waiting;
    }
    rd_kafka_assign(client_.get(), nullptr);
    if (waiting > 0) {
        return unavailable("the last records that were read", RD_KAFKA_RESP_ERR__TIMED_OUT);
    }
    return found;
}

Result<std::optional<int64_t>> KafkaProbe::offset_at_time(const TopicPartition& partition,
                                                          int64_t time_ms) {
    std::vector<OffsetOf> wanted{{.partition = partition, .offset = time_ms}};
    const auto code = look_up_offsets(*client_, wanted, kAnswerMs);
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR) {
        return unavailable(fmt::format("partition {}/{}", partition.topic, partition.partition),
                           code);
    }
    return wanted[0].offset >= 0 ? std::optional(wanted[0].offset) : std::nullopt;
}

std::vector<std::string> KafkaProbe::topics_with_create_time() {
    std::vector<KafkaResource> resources;
    std::vector<rd_kafka_ConfigResource_t*> asked;
    for (const std::string& topic : settings_.topics) {
        resources.emplace_back(rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, topic.c_str()));
        asked.push_back(resources.back().get());
    }
    const KafkaAdminOptions options(
        rd_kafka_AdminOptions_new(client_.get(), RD_KAFKA_ADMIN_OP_DESCRIBECONFIGS));
    rd_kafka_AdminOptions_set_request_timeout(options.get(), kOptionalAnswerMs, nullptr, 0);
    const KafkaQueue queue(rd_kafka_queue_new(client_.get()));
    rd_kafka_DescribeConfigs(client_.get(), asked.data(), asked.size(), options.get(), queue.get());
    const KafkaEvent event(rd_kafka_queue_poll(queue.get(), kAnswerMs));
    std::vector<std::string> topics;
    if (event == nullptr || rd_kafka_event_error(event.get()) != RD_KAFKA_RESP_ERR_NO_ERROR) {
        return topics;
    }
    size_t count = 0;
    const auto* result = rd_kafka_event_DescribeConfigs_result(event.get());
    const auto* described = rd_kafka_DescribeConfigs_result_resources(result, &count);
    for (size_t i = 0; i < count; ++i) {
        if (has_create_time(*described[i])) {
            topics.emplace_back(rd_kafka_ConfigResource_name(described[i]));
        }
    }
    return topics;
}

}  // namespace spantoll::ingest
