#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "schemas/error.h"
#include "schemas/settings.h"

namespace spantoll::tools {

// Reads the configuration file strictly. It refuses an unknown key, a key that stands twice, a
// wrong type, a value out of range, and a name that does not exist. docs/configuration.md describes
// every key.
//
// kConfig with one line: "FILE:LINE: what is wrong, and what would be right". There are no side
// effects.
//
//   auto settings = read_configuration("spantoll.toml");
//   if (!settings) { report settings.error().message; exit 78 }
Result<Settings> read_configuration(const std::string& path);
// A file that can be read and has nothing but comments, as one has that was cut off.
bool says_nothing(const std::string& path);
// The same for a text; `name` stands for FILE.
Result<Settings> parse_configuration(std::string_view text, const std::string& name);

// Checks what only `run` needs, after the command line has been applied: a [kafka] table has
// brokers and topics, its properties fit together, and listening beyond loopback needs a token.
Result<void> check_for_run(const Settings& settings);

// Every setting with its value and meaning, as TOML. read_configuration() reads it back to equal
// `settings`, apart from the token, which is never printed: a comment says whether there is one.
std::string print_configuration(const Settings& settings);

// The same without `data`, `listen`, [kafka] and [http]: what decides who is charged and held back,
// without secrets. Equal policies give equal texts.
std::string print_policy(const Settings& settings);

// A new policy for a running processor.
struct PolicyChange {
    Settings settings;                 // `now` with the new policy; unused if there are reasons
    std::vector<std::string> reasons;  // why it is refused, each "NAME:LINE: sentence"
};
// Why a policy that says nothing, or has nothing but comments, is refused: it is what a file that
// was cut off says, and it would remove every limit.
inline constexpr std::string_view kEmptyPolicy =
    "it says nothing, which would remove every limit: write the whole policy, or, to have no "
    "limits, [policy] alone";
// `data`, `listen`, `format`, `periods`, [kafka], [http], [stdout] and [time] stay as they are
// `now`: the text may leave them out, and other values are refused. Anything else that is left out
// gets its default.
PolicyChange read_policy_change(std::string_view text,
                                const std::string& name,
                                const Settings& now);
// The same for the configuration file. The fixed settings may also have the values that the file
// had when the process started, because the command line may have replaced them since.
PolicyChange read_policy_file(const std::string& path,
                              const Settings& now,
                              const Settings& file_at_start);
// A policy as the log of commands has it, in the settings of a process: `data`, `listen`, [kafka]
// and [http] are as they are there, and so is what else read_policy_change() keeps where the text
// leaves it out. kConfig for what is no configuration.
Result<Settings> read_logged_policy(std::string_view text,
                                    const std::string& name,
                                    const Settings& process);

}  // namespace spantoll::tools
