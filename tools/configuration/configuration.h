#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "schemas/error.h"
#include "schemas/settings.h"

namespace spantoll::tools {

// Reads the configuration file, strictly: an unknown key, one that stands twice, a wrong type, a
// value out of range, a name that nothing has. docs/configuration.md says every key.
//
// kConfig, one line "FILE:LINE: what is wrong, and what would be right". Nothing else is touched.
//
//   auto settings = read_configuration("spantoll.toml");
//   if (!settings) { report settings.error().message; exit 78 }
Result<Settings> read_configuration(const std::string& path);
// The same of a text that is there; `name` stands for FILE.
Result<Settings> parse_configuration(std::string_view text, const std::string& name);

// What only `run` needs and only the whole can tell, after the command line has had its say: a
// [kafka] table has brokers and topics, and properties that go together; listening beyond loopback
// needs a token.
Result<void> check_for_run(const Settings& settings);

// Every setting with its value and meaning, as TOML. What read_configuration() reads from it equals
// `settings` but for the token, which is never printed: a comment says whether there is one.
std::string print_configuration(const Settings& settings);

// The same without `data`, `listen`, [kafka] and [http]: what decides who is charged and held back,
// and no secret. Equal policies give equal texts.
std::string print_policy(const Settings& settings);

// A new policy for a processor that runs.
struct PolicyChange {
    Settings settings;                 // `now` with the new policy in it; of no use with reasons
    std::vector<std::string> reasons;  // why it cannot be taken, each "NAME:LINE: sentence"
};
// Of `data`, `listen`, `format`, `periods`, [kafka], [http], [stdout] and [time] everything stays
// as it is `now`: they may be left out, and other values are refused. What else is left out has its
// default.
PolicyChange read_policy_change(std::string_view text,
                                const std::string& name,
                                const Settings& now);
// The same of the configuration file, which may also say what it said when the process started: the
// command line had its say after it.
PolicyChange read_policy_file(const std::string& path,
                              const Settings& now,
                              const Settings& file_at_start);

}  // namespace spantoll::tools
