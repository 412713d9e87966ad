#include <algorithm>
#include <array>
#include <functional>

#include <fmt/format.h>

#include "tools/configuration/configuration.h"
#include "tools/configuration/configuration_sections.h"
#include "tools/configuration/configuration_toml.h"

namespace spantoll::tools {
namespace {

// A part that a running processor cannot change, by its key at the top level of the file.
struct FixedPart {
    std::string_view key;
    std::string_view shown;
    bool is_of_process;  // no part of the policy: whatever a log of commands says, it has its own
    void (*keep)(const Settings& now, Settings& settings);
    bool (*is_equal)(const Settings& a, const Settings& b);
};

template <auto kMember>
constexpr FixedPart fixed(std::string_view key, std::string_view shown, bool is_of_process) {
    return {key,
            shown,
            is_of_process,
            [](const Settings& now, Settings& settings) { settings.*kMember = now.*kMember; },
            [](const Settings& a, const Settings& b) { return a.*kMember == b.*kMember; }};
}

constexpr std::array kFixedParts{
    fixed<&Settings::data>("data", "data", true),
    fixed<&Settings::listen>("listen", "listen", true),
    fixed<&Settings::format>("format", "format", false),
    fixed<&Settings::periods>("periods", "periods", false),
    fixed<&Settings::kafka>("kafka", "[kafka]", true),
    fixed<&Settings::http>("http", "[http]", true),
    fixed<&Settings::standard_output>("stdout", "[stdout]", false),
    fixed<&Settings::time>("time", "[time]", false),
};

const TomlNode* member(const TomlNode& root, std::string_view key) {
    const auto found = std::ranges::find(root.members, key, &TomlMember::key);
    return found == root.members.end() ? nullptr : &found->value;
}

// Left out it stays: the default would close the door by which this policy came.
void keep_unsaid_source(const TomlNode& root, const Settings& now, Settings& settings) {
    if (member(root, "policy") == nullptr) {
        settings.policy_from = now.policy_from;
    }
}

PolicyChange change_of(const Result<TomlNode>& root,
                       const std::string& name,
                       const Settings& now,
                       const Settings& file_at_start) {
    PolicyChange change;
    if (!root) {
        change.reasons.push_back(root.error().message);
        return change;
    }
    ConfigurationFault fault(name);
    if (root->members.empty()) {
        fault.say(0, kEmptyPolicy);
    }
    change.settings = read_settings(*root, fault, now.time);
    // If the file has faults, they are reported already, and nothing is compared.
    const bool is_read = !fault.is_found();
    for (const FixedPart& part : kFixedParts) {
        const TomlNode* given = member(*root, part.key);
        const bool is_same =
            part.is_equal(change.settings, now) || part.is_equal(change.settings, file_at_start);
        if (given != nullptr && is_read && !is_same) {
            fault.say(given->line,
                      fmt::format("{} cannot change while spantoll runs: leave it out, or stop and "
                                  "start with it",
                                  part.shown));
        }
        part.keep(now, change.settings);
    }
    keep_unsaid_source(*root, now, change.settings);
    if (is_read && change.settings.accounts.kinds != now.accounts.kinds) {
        fault.say(0,
                  "[accounts.kinds] cannot change while spantoll runs: leave it as it is, or stop "
                  "and start with it");
    }
    change.reasons = fault.messages();
    return change;
}

}  // namespace

PolicyChange read_policy_change(std::string_view text,
                                const std::string& name,
                                const Settings& now) {
    return change_of(parse_toml(text, name), name, now, now);
}

Result<Settings> read_logged_policy(std::string_view text,
                                    const std::string& name,
                                    const Settings& process) {
    const Result<TomlNode> root = parse_toml(text, name);
    if (!root) {
        return tl::make_unexpected(root.error());
    }
    ConfigurationFault fault(name);
    Settings settings = read_settings(*root, fault, process.time);
    if (fault.is_found()) {
        return tl::make_unexpected(fault.error());
    }
    for (const FixedPart& part : kFixedParts) {
        if (part.is_of_process || member(*root, part.key) == nullptr) {
            part.keep(process, settings);
        }
    }
    keep_unsaid_source(*root, process, settings);
    return settings;
}

PolicyChange read_policy_file(const std::string& path,
                              const Settings& now,
                              const Settings& file_at_start) {
    return change_of(read_toml(path), path, now, file_at_start);
}

}  // namespace spantoll::tools
