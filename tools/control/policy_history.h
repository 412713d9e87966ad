#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "schemas/control/command.h"
#include "schemas/error.h"
#include "schemas/settings.h"
#include "store/store.h"
#include "tools/configuration/configuration.h"

namespace spantoll::tools {

// The policy of a `config` command, in the settings of a process: what it leaves out of what a
// running processor keeps is as it is there. Empty where the body is not one of ours.
std::optional<Settings> settings_of(const Command& config, const Settings& process);

// The settings `now` with the policy that somebody sends as {"toml": "..."}; with every reason
// where it cannot be taken.
PolicyChange policy_change_of(std::string_view body, const Settings& now);

// A `config` command that brings the policy of these settings.
Command config_command(const Settings& settings, std::string_view by, int64_t at_ms);

// Kinds of accounts that `is` has no more, or with other dimensions: a start dropped them by name,
// and a replay comes by that start as by any other command.
std::vector<std::string> kinds_that_went(const Settings& was, const Settings& is);

// What the configuration file and the command line say, and the file's name; empty = none.
struct StartFile {
    const Settings& settings;
    const std::string& path;
};

// With which policy a start begins.
struct StartPolicy {
    Settings settings;
    CommandPosition position;
    // To be kept by the engine's first commit: the start's own change of policy.
    std::optional<Command> change;
    // What held before the change, and its number: the defaults and 0 where nothing did.
    Settings before;
    uint64_t config_before = 0;
};
// Says in the start's own change what it changes, now that the grants that act are known; gives the
// line for the log. Only where there is a change.
std::string describe_change(StartPolicy& start, const std::vector<Grant>& grants);

// A fresh store takes the file as command number 1. Any other goes on with it as a command, by
// `file`, where it says something else than the last configuration; but where the policy comes from
// the API, or commands are left over that were appended and not applied, with the last
// configuration. kConfig where a file that says nothing would take limits away.
Result<StartPolicy> decide_start_policy(const store::Store& store,
                                        const CommandPosition& position,
                                        const StartFile& file,
                                        int64_t now_ms);

}  // namespace spantoll::tools
