#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "enforce/sink.h"
#include "ingest/source.h"
#include "tests/store/temporary_directory.h"
#include "tests/tools/pipeline/fake_clock.h"
#include "tools/pipeline/pipeline.h"
#include "tools/pipeline/processor.h"

namespace spantoll::tools {

// A log in memory. What was appended comes with the next poll, whole; then it is at its end.
class ScriptedSource final : public ingest::Source {
  public:
    explicit ScriptedSource(int32_t partitions);

    void append(PartitionIndex partition, int64_t append_ms, std::string bytes);
    // What comes up to here is no record.
    void skip_to(PartitionIndex partition, int64_t offset) { ends_[partition] = offset; }

    const std::vector<TopicPartition>& partitions() const override { return partitions_; }
    Result<ingest::RecordBatch> poll(const ingest::PollLimits& limits) override;
    void set_paused(PartitionIndex, bool) override {}
    void positions_are_durable(const std::vector<int64_t>& next_offsets) override {
        durable_ = next_offsets;
    }

    // As last told.
    const std::vector<int64_t>& durable() const { return durable_; }

  private:
    struct Waiting {
        PartitionIndex partition = 0;
        int64_t offset = 0;
        int64_t append_ms = 0;
        std::string bytes;
    };
    std::vector<TopicPartition> partitions_;
    std::vector<int64_t> ends_;
    std::vector<int64_t> durable_;
    std::deque<Waiting> waiting_;
    std::deque<Waiting> held_;
};

// Takes everything at once.
class MemorySink final : public enforce::Sink {
  public:
    bool publish(const enforce::OutboxItem& item) override;
    Result<uint64_t> settled() override { return settled_; }
    void flush(int64_t) override {}

    // The decisions' JSON, in order.
    const std::vector<std::string>& decisions() const { return decisions_; }

  private:
    std::vector<std::string> decisions_;
    uint64_t settled_ = 0;
};

// The real pipeline, engine and store, with clocks, log and sink in a test's hand.
//
//     PipelineRig rig(settings_text, wall_ms);
//     rig.spend("search", "0.10");
//     rig.pass(30'000);
//     rig.clock().set_wall_by(kDayMs);
class PipelineRig {
  public:
    PipelineRig(std::string_view toml, int64_t wall_ms, int32_t partitions = 1);

    void step();
    // Time passes, with a step each 100 ms.
    void pass(int64_t ms);
    // A step with a span of `team` that ended just now; the log's clock is right.
    void spend(std::string_view team, std::string_view usd);
    // The end of the process and the start of another.
    void restart();
    // Commits what is left and lets go of the store. Then digest() may be asked.
    void finish();

    FakeClock& clock() { return clock_; }
    ScriptedSource& source() { return source_; }
    const MemorySink& sink() const { return sink_; }
    Engine& engine() { return *engine_; }
    Status status() const { return pipeline_->status(); }
    uint64_t last_sequence() const { return pipeline_->last_sequence(); }
    // The time that the steady clock makes it: what an honest producer writes.
    int64_t true_ms();
    std::string digest() const;

  private:
    void start();

    store::TemporaryDirectory directory_;
    Settings settings_;
    FakeClock clock_;
    const int64_t true_offset_ms_;
    ScriptedSource source_;
    MemorySink sink_;
    OpenState state_;
    std::unique_ptr<Engine> engine_;
    std::unique_ptr<Publisher> publisher_;
    std::unique_ptr<Pipeline> pipeline_;
};

}  // namespace spantoll::tools
