#include "tests/tools/engine/engine_rig.h"

#include <fstream>

#include "schemas/text/decision_json.h"
#include "store/show/dump.h"
#include "tools/configuration/configuration.h"
#include "tools/configuration/key_rules.h"
#include "tools/pipeline/open_state.h"

namespace spantoll::tools {
namespace {

constexpr uint64_t kDedupSeed = 20'260'301;

}  // namespace

EngineRig::EngineRig(int32_t partitions) : next_offsets_(static_cast<size_t>(partitions)) {
    for (int32_t i = 0; i < partitions; ++i) {
        partitions_.push_back({"spans", i});
    }
}

Result<Settings> EngineRig::read_settings(std::string_view toml) const {
    const std::string path = directory_.path() + "/spantoll.toml";
    std::ofstream(path) << toml << '\n';
    return read_configuration(path);
}

Result<void> EngineRig::start(const Settings& settings,
                              const std::vector<std::string>& dropped_kinds) {
    Settings mine = settings;
    mine.data = directory_.path() + "/data";
    Result<OpenState> state = open_state(mine, kDedupSeed, dropped_kinds);
    if (!state) {
        return tl::make_unexpected(state.error());
    }
    const std::vector<std::string> conflicts = key_conflicts(settings, state->loaded.keys);
    if (!conflicts.empty()) {
        return failure(ErrorKind::kConfig, conflicts.front());
    }
    running_ = state->loaded.running;
    engine_ = make_engine(settings,
                          {partitions_, PartitionClocks::kEach, Journal::kKept, std::nullopt},
                          *state->store,
                          std::move(state->loaded));
    store_ = std::move(state->store);
    return show_checks();
}

// As a process does that starts.
Result<void> EngineRig::show_checks() {
    Result<store::LoadedLevels> levels = store_->load_levels();
    if (!levels) {
        return tl::make_unexpected(levels.error());
    }
    checks_ = std::make_unique<CheckBoard>();
    checks_->begin(engine_->settings(), std::make_shared<KeyTable>(engine_->keys()), *levels);
    updater_.emplace(checks_.get());
    updater_->publish_all(*engine_);
    return {};
}

Result<void> EngineRig::restart(const Settings& settings,
                                const std::vector<std::string>& dropped_kinds) {
    stop();
    return start(settings, dropped_kinds);
}

void EngineRig::stop() {
    engine_ = nullptr;
    store_ = nullptr;
}

Result<void> EngineRig::commit(window::CommitScope scope) {
    if (const std::optional<Error>& failed = engine_->failure()) {
        return tl::make_unexpected(*failed);
    }
    if (!engine_->has_changes()) {
        return {};
    }
    engine_->collect(commit_, scope);
    journaled_commits_ += commit_.journal_row ? 1 : 0;
    const Result<void> written =
        store_->commit(commit_, store::Durability::kWritten, &engine_->account_rows());
    if (!written) {
        return written;
    }
    engine_->committed();
    updater_->publish(*engine_, commit_);
    for (const store::StoredDecision& decision : commit_.decisions) {
        decisions_.push_back(decision_json(decision.decision));
    }
    return {};
}

Result<std::map<std::string, std::string>> EngineRig::rows() const {
    std::map<std::string, std::string> rows;
    store::DumpOptions options;
    options.directory = directory_.path() + "/data";
    options.all = true;
    const Result<void> dumped = store::dump(
        options, [&](std::string_view key, std::string_view json) { rows.emplace(key, json); });
    if (!dumped) {
        return tl::make_unexpected(dumped.error());
    }
    return rows;
}

Result<std::string> EngineRig::digest() const {
    return store::digest(directory_.path() + "/data");
}

}  // namespace spantoll::tools
