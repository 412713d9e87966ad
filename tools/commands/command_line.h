#pragma once

namespace spantoll::tools {

// `spantoll COMMAND ...`: reads the arguments, runs the command, prints its error as one line on
// standard error. Returns the exit code (docs/operations.md).
int command_line(int argc, char** argv);

}  // namespace spantoll::tools
