#include "ingest/kafka/group.h"

#include <algorithm>
#include <chrono>
#include <spdlog/spdlog.h>
#include <utility>

#include "ingest/kafka/offsets.h"
#include "schemas/check.h"

namespace spantoll::ingest {
namespace {

// Nobody looks at the lag of a group more often, and each commit is a record in a topic of its own.
constexpr std::chrono::milliseconds kCommitPause(500);

// The error of the event, or the first error of one of its partitions.
rd_kafka_resp_err_t error_of(rd_kafka_event_t& event) {
    if (const auto code = rd_kafka_event_error(&event); code != RD_KAFKA_RESP_ERR_NO_ERROR) {
        return code;
    }
    const auto* const partitions = rd_kafka_event_topic_partition_list(&event);
    for (int i = 0; partitions != nullptr && i < partitions->cnt; ++i) {
        if (partitions->elems[i].err != RD_KAFKA_RESP_ERR_NO_ERROR) {
            return partitions->elems[i].err;
        }
    }
    return RD_KAFKA_RESP_ERR_NO_ERROR;
}

}  // namespace

KafkaGroup::KafkaGroup(rd_kafka_t& client,
                       std::string group,
                       const std::vector<TopicPartition>& partitions)
    : client_(client),
      group_(std::move(group)),
      partitions_(partitions),
      answers_(rd_kafka_queue_new(&client)),
      sent_(partitions.size(), -1) {}

void KafkaGroup::show(const std::vector<int64_t>& next_offsets) {
    CHECK(next_offsets.size() == partitions_.size(), "one position for each partition");
    waiting_ = next_offsets;
    serve();
}

void KafkaGroup::serve() {
    if (is_under_way_) {
        take_answer(0);
    }
    if (!is_under_way_ && !waiting_.empty() && std::chrono::steady_clock::now() >= next_send_) {
        next_send_ = std::chrono::steady_clock::now() + kCommitPause;
        send();
    }
}

bool KafkaGroup::flush(int64_t wait_ms) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::milliseconds(wait_ms);
    next_send_ = {};
    serve();
    while (is_under_way_ && std::chrono::steady_clock::now() < deadline) {
        constexpr int kAnswerMs = 20;
        take_answer(kAnswerMs);
        next_send_ = {};
        serve();
    }
    return !is_under_way_;
}

void KafkaGroup::send() {
    std::vector<OffsetOf> offsets;
    for (size_t i = 0; i < partitions_.size(); ++i) {
        if (waiting_[i] >= 0 && waiting_[i] != sent_[i]) {
            offsets.push_back({.partition = partitions_[i], .offset = waiting_[i]});
            sent_[i] = waiting_[i];
        }
    }
    waiting_.clear();
    if (offsets.empty()) {
        return;
    }
    const auto code =
        rd_kafka_commit_queue(&client_, list_of(offsets).get(), answers_.get(), nullptr, nullptr);
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR) {
        std::fill(sent_.begin(), sent_.end(), -1);
        return;
    }
    is_under_way_ = true;
}

void KafkaGroup::take_answer(int wait_ms) {
    const KafkaEvent event(rd_kafka_queue_poll(answers_.get(), wait_ms));
    if (event == nullptr) {
        return;
    }
    is_under_way_ = false;
    if (const auto code = error_of(*event); code != RD_KAFKA_RESP_ERR_NO_ERROR) {
        spdlog::warn("kafka: the offsets of group '{}' were not committed, trying again later: {}",
                     group_,
                     rd_kafka_err2str(code));
        std::fill(sent_.begin(), sent_.end(), -1);
        waiting_.clear();
    }
}

}  // namespace spantoll::ingest
