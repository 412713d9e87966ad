#include "tests/tools/pipeline/pipeline_rig.h"

#include <fstream>
#include <utility>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "store/show/dump.h"
#include "tools/configuration/configuration.h"

namespace spantoll::tools {
namespace {

constexpr uint64_t kDedupSeed = 20'261'130;
constexpr int64_t kStepMs = 100;

}  // namespace

PipelineRig::PipelineRig(std::string_view toml, int64_t wall_ms, int32_t partitions)
    : clock_(wall_ms), true_offset_ms_(wall_ms - clock_.steady().ms), source_(partitions) {
    const std::string path = directory_.path() + "/spantoll.toml";
    std::ofstream(path) << toml << '\n';
    const Result<Settings> settings = read_configuration(path);
    EXPECT_TRUE(settings) << settings.error().message;
    settings_ = *settings;
    settings_.data = directory_.path() + "/data";
    start();
}

void PipelineRig::start() {
    Result<OpenState> state = open_state(settings_, kDedupSeed);
    ASSERT_TRUE(state) << state.error().message;
    state_ = std::move(*state);
    publisher_ = std::make_unique<Publisher>(std::vector<Output>{{"fake", &sink_, may_lag_}},
                                             stored_positions(state_.loaded));
    const Result<void> left_over = add_left_over(*state_.store, *publisher_);
    ASSERT_TRUE(left_over) << left_over.error().message;
    engine_ = make_engine(settings_,
                          {source_.partitions(), PartitionClocks::kEach, Journal::kKept, {}},
                          *state_.store,
                          std::move(state_.loaded));
    PipelineParts parts;
    parts.source = &source_;
    parts.engine = engine_.get();
    parts.store = state_.store.get();
    parts.publisher = publisher_.get();
    parts.clock = &clock_;
    parts.pacing = pacing_;
    pipeline_ = std::make_unique<Pipeline>(parts, settings_.time);
}

void PipelineRig::step() {
    const Result<StepOutcome> stepped = pipeline_->step();
    ASSERT_TRUE(stepped) << stepped.error().message;
}

void PipelineRig::pass(int64_t ms) {
    for (int64_t passed = 0; passed < ms; passed += kStepMs) {
        clock_.pass(kStepMs);
        step();
    }
}

void PipelineRig::spend(std::string_view team, std::string_view usd) {
    source_.append(
        0,
        true_ms(),
        fmt::format(R"({{"time_ms":{},"team":"{}","cost_usd":"{}"}})", true_ms(), team, usd));
    step();
}

void PipelineRig::restart() {
    finish();
    start();
}

// As a kill does: nothing is committed any more.
void PipelineRig::die() {
    pipeline_ = nullptr;
    publisher_ = nullptr;
    engine_ = nullptr;
    state_ = {};
    start();
}

void PipelineRig::finish() {
    const Result<void> finished = pipeline_->finish(0);
    ASSERT_TRUE(finished) << finished.error().message;
    pipeline_ = nullptr;
    publisher_ = nullptr;
    engine_ = nullptr;
    state_ = {};
}

int64_t PipelineRig::true_ms() {
    return true_offset_ms_ + clock_.steady().ms;
}

std::map<std::string, std::string> PipelineRig::rows() const {
    std::map<std::string, std::string> rows;
    const Result<void> dumped =
        store::dump({settings_.data, {}, true},
                    [&](std::string_view key, std::string_view json) { rows.emplace(key, json); });
    EXPECT_TRUE(dumped) << dumped.error().message;
    return rows;
}

std::string PipelineRig::digest() const {
    const Result<std::string> digest = store::digest(settings_.data);
    EXPECT_TRUE(digest) << digest.error().message;
    return digest.value_or("");
}

}  // namespace spantoll::tools
