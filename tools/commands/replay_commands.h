#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "schemas/control/command.h"
#include "schemas/error.h"
#include "tools/commands/replay_command.h"
#include "tools/control/controller.h"

namespace spantoll::tools {

// The commands that a replay applies, and the configuration it begins with.
struct CommandHistory {
    Settings settings;          // with the first configuration
    Command first;              // that configuration, number 1
    std::vector<Command> rest;  // ascending
};

// Reads the commands of --commands, else of --from-data. Where the history contains the
// configuration of the command line, it is replayed as it was, from its first configuration on.
// Where it does not, the replay is a what-if: the configuration of the command line holds from
// beginning to end, and the configurations of the history are left out with a warning. kUsage where
// the file does not hold commands.
Result<CommandHistory> read_command_history(const ReplayOptions& options);

// Applies each command before the first record at or past its offset. A command has an offset in
// each partition, and the partition that reaches its offset first counts. Commands are applied in
// the order of their numbers.
class ReplayCommands {
  public:
    // `parts` without the policy board and the queue, which this object provides itself.
    ReplayCommands(const CommandHistory& history, ControllerParts parts, const Settings& settings);

    Result<void> apply_before(const ingest::Record& record);
    // Applies the remaining commands at the end of the input.
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
