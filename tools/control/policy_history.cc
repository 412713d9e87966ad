#include "tools/control/policy_history.h"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

#include "schemas/text/json_writer.h"
#include "tools/configuration/configuration.h"
#include "tools/control/command_members.h"
#include "tools/control/command_outcome.h"
#include "tools/process/parsed_json.h"

namespace spantoll::tools {
namespace {

constexpr std::string_view kTomlMember = "toml";

}  // namespace

std::optional<Settings> settings_of(const Command& config, const Settings& process) {
    const ParsedJson body(config.body);
    const std::optional<std::string_view> toml = body.text("/toml");
    if (!toml) {
        return std::nullopt;
    }
    Result<Settings> settings =
        read_logged_policy(*toml, "command " + std::to_string(config.number), process);
    return settings ? std::optional(std::move(*settings)) : std::nullopt;
}

PolicyChange policy_change_of(std::string_view body, const Settings& now) {
    const std::optional<std::vector<std::pair<std::string, std::string>>> members =
        json_members(body);
    if (!members) {
        return {now, {"config: the body must be TOML, or one JSON object {\"toml\": \"...\"}"}};
    }
    std::vector<std::string> reasons = wrong_members(*members, std::array{kTomlMember});
    const ParsedJson json(body);
    const std::optional<std::string_view> toml = json.text("/toml");
    if (!toml) {
        reasons.emplace_back("\"toml\" is missing: it is the whole policy as a text");
    }
    if (!reasons.empty()) {
        for (std::string& reason : reasons) {
            reason.insert(0, "config: ");
        }
        return {now, std::move(reasons)};
    }
    return read_policy_change(*toml, "config", now);
}

Command config_command(const Settings& settings, std::string_view by, int64_t at_ms) {
    Command command;
    command.at_ms = at_ms;
    command.by = by;
    command.kind = CommandKind::kConfig;
    command.body = JsonObject().add_text("toml", print_policy(settings)).str();
    return command;
}

std::vector<std::string> kinds_that_went(const Settings& was, const Settings& is) {
    std::vector<std::string> names;
    for (const AccountKind& kind : was.accounts.kinds) {
        if (std::ranges::find(is.accounts.kinds, kind) == is.accounts.kinds.end()) {
            names.push_back(kind.name);
        }
    }
    return names;
}

Result<StartPolicy> decide_start_policy(const store::Store& store,
                                        const CommandPosition& position,
                                        const StartFile& file,
                                        int64_t now_ms) {
    StartPolicy start{file.settings, position, std::nullopt, Settings{}, 0};
    std::optional<Settings> last;
    if (position.config > 0) {
        const Result<std::vector<Command>> read = store.read_commands(position.config, 1);
        if (!read) {
            return tl::make_unexpected(read.error());
        }
        if (!read->empty() && read->front().number == position.config) {
            last = settings_of(read->front(), file.settings);
        }
    }
    const bool is_left_over = position.applied < position.next;
    if (last && (file.settings.policy_from == PolicySource::kApi || is_left_over)) {
        start.settings = std::move(*last);
        return start;
    }
    if (last && print_policy(*last) == print_policy(file.settings)) {
        return start;
    }
    if (last && !last->limits.empty() && !file.path.empty() && says_nothing(file.path)) {
        return failure(ErrorKind::kConfig, fmt::format("{}: {}", file.path, kEmptyPolicy));
    }
    Command change = config_command(file.settings, kByFile, now_ms);
    change.number = start.position.next++;
    start.position.applied = start.position.next;
    start.config_before = std::exchange(start.position.config, change.number);
    change.result = kResultApplied;
    start.change = std::move(change);
    if (last) {
        start.before = std::move(*last);
    }
    return start;
}

std::string describe_change(StartPolicy& start, const std::vector<Grant>& grants) {
    const ConfigChange change = config_change(start.before, start.settings, grants);
    start.change->was = config_change_json(start.config_before, change);
    return fmt::format(
        "command {} by {}: {}", start.change->number, start.change->by, config_change_text(change));
}

}  // namespace spantoll::tools
