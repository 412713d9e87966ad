#pragma once

#include <functional>

namespace CLI {  // NOLINT(readability-identifier-naming): the library's own name
class App;
}

namespace spantoll::tools {

// Adds `spantoll keys import` to the command line; `chosen` runs it.
void add_keys(CLI::App& app, std::function<int()>& chosen);

}  // namespace spantoll::tools
