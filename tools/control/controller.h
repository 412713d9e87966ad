#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "schemas/clock.h"
#include "schemas/control/command.h"
#include "schemas/error.h"
#include "store/store.h"
#include "tools/control/answered_keys.h"
#include "tools/control/command_outcome.h"
#include "tools/control/command_queue.h"
#include "tools/control/grant_command.h"
#include "tools/control/policy_history.h"
#include "tools/engine/engine.h"
#include "tools/pipeline/open_state.h"
#include "tools/pipeline/pipeline.h"
#include "tools/pipeline/policy_board.h"

namespace spantoll::tools {

// What commands act on. Everything outlives the controller.
struct ControllerParts {
    store::Store* store = nullptr;
    Pipeline* pipeline = nullptr;
    std::unique_ptr<Engine>* engine = nullptr;  // the pipeline's; another after a configuration
    EnginePurpose purpose;
    Clock* clock = nullptr;
    PolicyBoard* policy = nullptr;
    CommandQueue* queue = nullptr;
};

// Commands: everything that changes what is decided while spantoll runs (docs/commands.md). Each is
// checked, appended to the log of commands with an fsync, applied to the engine between two
// records, and committed together with what it changed, in the order of their numbers. So a crash
// at any place applies it once, or, before it was appended, never, and then nobody was answered.
//
// Thread: the engine's, between two steps of the pipeline. An error is final, as of the pipeline.
class Controller {
  public:
    // `settings`: what the engine was made with. `position`: what the store says.
    Controller(const ControllerParts& parts, Settings settings, const CommandPosition& position);

    // Applies what an earlier process appended and did not come to apply.
    Result<void> apply_left_over();
    // Answers what waits in the queue.
    Result<void> serve();
    // SIGHUP: the policy of the file, or, where it cannot be taken, a line of the log for each
    // reason. Nothing where it is what holds. `file_at_start`: what it said then.
    Result<void> reload(const std::string& path, const Settings& file_at_start);

    // Applies a command that is on disk; gives what follows from it. For replays as well.
    Result<CommandAnswer> apply(Command command);
    const CommandPosition& position() const { return position_; }

  private:
    Result<CommandAnswer> handle(const CommandRequest& request, CommandQueue::Pending* pending);
    struct Prepared {
        std::vector<Command> commands;  // one, or those of many lines
        std::optional<CommandAnswer> refused;
    };
    Prepared prepare(const CommandRequest& request, int64_t now_ms) const;
    void prepare_config(const CommandRequest& request, Prepared& prepared) const;
    PolicyChange beside_keys(PolicyChange change) const;
    void show_policy();

    // controller_keys.cc
    void prepare_key(const CommandRequest& request, Prepared& prepared) const;
    void prepare_keys(const CommandRequest& request, Prepared& prepared) const;
    std::string change_key(Command& command, Engine& engine) const;
    CommandAnswer foresee_keys(const std::vector<Command>& commands) const;

    // controller_apply.cc
    Result<CommandAnswer> foresee(std::vector<Command> commands);
    Result<CommandAnswer> apply_all(std::vector<Command> commands);
    Result<CommandAnswer> perform(Command command);
    std::optional<Settings> settings_after(const Command& config) const;
    ConfigChange change_to(const Settings& settings) const;
    std::string apply_in_place(Command& command);
    std::string change(Command& command, Engine& engine) const;
    using Load = Result<store::LoadedState> (store::Store::*)(const store::StoreOptions&);
    Result<std::unique_ptr<Engine>> engine_with(const Settings& settings, int64_t at_ms, Load load);
    Result<std::string> apply_config(Command& command);
    Result<void> forget_old_commands(int64_t now_ms);
    Result<void> commit();

    ControllerParts parts_;
    Settings settings_;
    CommandPosition position_;
    AnsweredKeys answered_;
    std::shared_ptr<const KeyTable> keys_shown_;  // null after they changed
    std::string change_text_;  // what the last configuration changed, for the log
};

}  // namespace spantoll::tools
