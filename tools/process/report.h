#pragma once

#include <string_view>

#include "schemas/error.h"

namespace spantoll::tools {

// Prints the error as one line on standard error, whatever its message holds, and returns the exit
// code of its kind.
int report_error(std::string_view command, const Error& error);

// The log of the process: a line each on standard error, with a time in UTC. Standard output is for
// decisions and answers. What comes from outside (names, brokers' words) is escaped.
void log_to_standard_error();

}  // namespace spantoll::tools
