#include "tools/control/policy_history.h"

#include <algorithm>

#include "schemas/text/json_writer.h"
#include "tools/configuration/configuration.h"
#include "tools/process/parsed_json.h"

namespace spantoll::tools {

std::optional<Settings> settings_of(const Command& config, const Settings& process) {
    const ParsedJson body(config.body);
    const std::optional<std::string_view> toml = body.text("/toml");
    if (!toml) {
        return std::nullopt;
    }
    Result<Settings> settings =
        parse_configuration(*toml, "command " + std::to_string(config.number));
    if (!settings) {
        return std::nullopt;
    }
    settings->data = process.data;
    settings->listen = process.listen;
    settings->kafka = process.kafka;
    settings->http = process.http;
    return std::move(*settings);
}

PolicyChange policy_change_of(std::string_view body, const Settings& now) {
    const ParsedJson json(body);
    if (const std::optional<std::string_view> toml = json.text("/toml")) {
        return read_policy_change(*toml, "config", now);
    }
    return {now, {"config: \"toml\" is missing: send the whole policy as a text"}};
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
                                        const Settings& file,
                                        int64_t now_ms) {
    StartPolicy start{file, position, std::nullopt};
    std::optional<Settings> last;
    if (position.config > 0) {
        const Result<std::vector<Command>> read = store.read_commands(position.config, 1);
        if (!read) {
            return tl::make_unexpected(read.error());
        }
        if (!read->empty() && read->front().number == position.config) {
            last = settings_of(read->front(), file);
        }
    }
    const bool is_left_over = position.applied < position.next;
    if (last && (file.policy_from == PolicySource::kApi || is_left_over)) {
        start.settings = std::move(*last);
        return start;
    }
    if (last && print_policy(*last) == print_policy(file)) {
        return start;
    }
    Command change = config_command(file, kByFile, now_ms);
    change.number = start.position.next++;
    start.position.applied = start.position.next;
    start.position.config = change.number;
    change.result = kResultApplied;
    start.change = std::move(change);
    return start;
}

}  // namespace spantoll::tools
