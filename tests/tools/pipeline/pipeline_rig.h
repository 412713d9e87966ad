#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "tests/store/temporary_directory.h"
#include "tests/tools/pipeline/fake_clock.h"
#include "tests/tools/pipeline/fake_sink.h"
#include "tests/tools/pipeline/fake_source.h"
#include "tools/pipeline/open_state.h"
#include "tools/pipeline/pipeline.h"

namespace spantoll::tools {

// The real pipeline, engine and store, with clocks, log and sink that the test controls.
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
    // From the next start on, paces commits as a replay does.
    void pace_in_bulk() { pacing_ = Pacing::kBulk; }
    // A step with a span of `team` that ended just now; the log's clock is right.
    void spend(std::string_view team, std::string_view usd);
    // The end of the process and the start of another.
    void restart();
    // The same, but the process is killed.
    void die();
    // Commits what is left and closes the store. After that digest() may be called.
    void finish();

    FakeClock& clock() { return clock_; }
    FakeSource& source() { return source_; }
    FakeSink& sink() { return sink_; }
    // From the next start on. 0: it must have everything, as it is at first.
    void let_sink_lag(uint64_t by) { may_lag_ = by; }
    // What the store has, by key; only between finish() and start().
    std::map<std::string, std::string> rows() const;
    Engine& engine() { return *engine_; }
    Publisher& publisher() { return *publisher_; }
    Pipeline& pipeline() { return *pipeline_; }
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
    FakeSource source_;
    FakeSink sink_;
    uint64_t may_lag_ = 0;
    Pacing pacing_ = Pacing::kPrompt;
    OpenState state_;
    std::unique_ptr<Engine> engine_;
    std::unique_ptr<Publisher> publisher_;
    std::unique_ptr<Pipeline> pipeline_;
};

}  // namespace spantoll::tools
