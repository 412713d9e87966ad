#pragma once

#include <span>
#include <string>
#include <vector>

#include "schemas/account.h"
#include "schemas/control/key_table.h"
#include "schemas/settings.h"

namespace spantoll::tools {

// What is wrong with a virtual key by itself, whoever wrote it: one sentence each, without its
// name.
std::vector<std::string> key_faults(const VirtualKey& key, const AccountKinds& kinds);

// Why keys of commands, by name, and these settings with their keys cannot stand beside each other,
// one sentence each: the settings may not be taken then.
std::vector<std::string> key_conflicts(const Settings& settings,
                                       std::span<const VirtualKey> of_commands);

}  // namespace spantoll::tools
