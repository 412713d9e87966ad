#include "tools/commands/commands_command.h"

#include <fmt/format.h>

#include "schemas/rfc3339.h"
#include "schemas/text/printable.h"
#include "store/codec/command_row.h"
#include "store/read/commands.h"
#include "tools/process/standard_output.h"

namespace spantoll::tools {
namespace {

std::string line_of(const Command& command) {
    std::string before;
    for (const auto& [partition, offset] : command.before) {
        before += fmt::format(" {}/{}@{}", partition.topic, partition.partition, offset);
    }
    return printable(fmt::format("{} {} {} by {}: {}; before{}; {}",
                                 command.number,
                                 rfc3339(command.at_ms),
                                 name_of(command.kind),
                                 command.by,
                                 command.is_applied() ? command.result : "not applied yet",
                                 before.empty() ? " any record" : before,
                                 command.was.empty() ? "{}" : command.was));
}

}  // namespace

Result<void> commands_command(const CommandsOptions& options) {
    return store::visit_commands(options.data, options.from, [&](const Command& command) {
        write_output(options.is_json ? store::RowKind<Command>::json(command) : line_of(command));
        write_output("\n");
        return true;
    });
}

}  // namespace spantoll::tools
