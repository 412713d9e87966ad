#pragma once

#include <functional>

namespace CLI {  // NOLINT(readability-identifier-naming): the library's own name
class App;
}

namespace spantoll::tools {

// Adds `backup` and `restore` to the command line. `chosen` is set to the command that the user
// asked for.
void add_backup(CLI::App& app, std::function<int()>& chosen);
void add_restore(CLI::App& app, std::function<int()>& chosen);

}  // namespace spantoll::tools
