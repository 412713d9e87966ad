#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "ingest/source.h"

namespace spantoll::tools {

// A log in memory. A poll gets what was appended, as much as it takes, in the order of the appends;
// after that a partition is at its end. A test may set another state for a partition, end the log,
// or make it fail.
class FakeSource final : public ingest::Source {
  public:
    explicit FakeSource(int32_t partitions)
        : ends_(static_cast<size_t>(partitions)),
          states_(static_cast<size_t>(partitions)),
          paused_(static_cast<size_t>(partitions)) {
        for (int32_t i = 0; i < partitions; ++i) {
            partitions_.push_back({"spans", i});
        }
    }

    void append(PartitionIndex partition, int64_t append_ms, std::string bytes) {
        waiting_.push_back({partition, ends_[partition]++, append_ms, std::move(bytes)});
    }
    // What comes up to here is not a record.
    void skip_to(PartitionIndex partition, int64_t offset) { ends_[partition] = offset; }
    // The state that polls report of the partition from here on; without `state` the true one
    // again.
    void tell(PartitionIndex partition, std::optional<ingest::PartitionState> state) {
        states_[partition] = state;
    }
    // Nothing comes after what was appended.
    void end() { is_ended_ = true; }
    void fail(Error error) { error_ = std::move(error); }

    const std::vector<TopicPartition>& partitions() const override { return partitions_; }
    Result<ingest::RecordBatch> poll(const ingest::PollLimits& limits) override {
        if (error_) {
            return tl::make_unexpected(*error_);
        }
        ++polls_;
        take(limits);
        ingest::RecordBatch batch;
        for (const Waiting& one : held_) {
            batch.records.push_back(record_of(one));
        }
        for (size_t i = 0; i < partitions_.size(); ++i) {
            batch.partitions.push_back(states_[i] ? *states_[i] : true_state(i));
        }
        batch.is_finished = is_ended_ && waiting_.empty();
        return batch;
    }
    void set_paused(PartitionIndex partition, bool paused) override { paused_[partition] = paused; }
    void positions_are_durable(const std::vector<int64_t>& next_offsets) override {
        durable_ = next_offsets;
    }

    // As last reported.
    const std::vector<int64_t>& durable() const { return durable_; }
    bool is_paused(PartitionIndex partition) const { return paused_[partition]; }
    size_t polls() const { return polls_; }
    size_t unread() const { return waiting_.size(); }

  private:
    struct Waiting {
        PartitionIndex partition = 0;
        int64_t offset = 0;
        int64_t append_ms = 0;
        std::string bytes;
    };

    // From the log into the hands of the poll; a paused partition keeps its records.
    void take(const ingest::PollLimits& limits) {
        held_.clear();
        size_t bytes = 0;
        std::deque<Waiting> left;
        for (Waiting& one : waiting_) {
            const bool has_room = held_.size() < limits.records_max && bytes < limits.bytes_max;
            if (has_room && !paused_[one.partition]) {
                bytes += one.bytes.size();
                held_.push_back(std::move(one));
            } else {
                left.push_back(std::move(one));
            }
        }
        waiting_ = std::move(left);
    }
    static ingest::Record record_of(const Waiting& one) {
        ingest::Record record;
        record.partition = one.partition;
        record.offset = one.offset;
        record.append_ms = one.append_ms;
        record.timestamp_ms = one.append_ms;
        record.content_type_at_hand = "application/json";
        record.bytes = one.bytes;
        return record;
    }
    ingest::PartitionState true_state(size_t partition) const {
        ingest::PartitionState state{
            .end_offset = ends_[partition], .is_at_end = true, .next_offset = ends_[partition]};
        for (const Waiting& one : waiting_) {
            if (one.partition == partition) {
                state.is_at_end = false;
                state.next_offset = -1;
            }
        }
        return state;
    }

    std::vector<TopicPartition> partitions_;
    std::vector<int64_t> ends_;
    std::vector<std::optional<ingest::PartitionState>> states_;
    std::vector<bool> paused_;
    std::vector<int64_t> durable_;
    std::deque<Waiting> waiting_;
    std::deque<Waiting> held_;  // by the last poll
    std::optional<Error> error_;
    bool is_ended_ = false;
    size_t polls_ = 0;
};

}  // namespace spantoll::tools
