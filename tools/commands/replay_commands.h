#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "schemas/command.h"
#include "schemas/error.h"
#include "tools/commands/replay_command.h"
#include "tools/control/controller.h"

namespace spantoll::tools {

// The commands that a replay applies, and what it begins with.
struct CommandHistory {
    Settings settings;          // with the first configuration
    Command first;              // that configuration, number 1
    std::vector<Command> rest;  // ascending
};

// Of --commands, else of --from-data. Where the configuration of the command line is one that the
// history has, the history is played as it was, from its first configuration on. Where it is not,
// the replay asks what would have been: its configuration holds from the beginning to the end, and
// those of the history are left out with a warning. Errors: kUsage where the file holds no
// commands.
Result<CommandHistory> read_command_history(const ReplayOptions& options);

// Applies commands before the first record at or past their offsets. Of several partitions the one
// counts that comes there first. Only the command with the lowest number that is not applied is
// looked at.
class ReplayCommands {
  public:
    // `parts` but for the policy's board and the queue, which it has itself.
    ReplayCommands(const CommandHistory& history, ControllerParts parts, const Settings& settings);

    Result<void> apply_before(const ingest::Record& record);
    // At the end of the input: those that are left.
    Result<void> apply_rest();

  private:
    ControllerParts completed(ControllerParts parts);
    Result<void> apply_next();
    bool is_due(const Command& command, const ingest::Record& record) const;

    std::vector<Command> commands_;
    size_t next_ = 0;
    Pipeline& pipeline_;
    PolicyBoard policy_;
    CommandQueue queue_;
    Controller controller_;
};

}  // namespace spantoll::tools
