#include "tools/commands/replay_commands.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <spdlog/spdlog.h>
#include <utility>

#include <fmt/format.h>

#include "schemas/number.h"
#include "store/read/commands.h"
#include "store/read/state_view.h"
#include "tools/control/policy_history.h"
#include "tools/process/parsed_json.h"

namespace spantoll::tools {
namespace {

Result<std::vector<Command>> commands_of_directory(const std::string& directory) {
    std::vector<Command> commands;
    if (!store::has_state(directory)) {
        return commands;
    }
    const Result<void> read = store::visit_commands(directory, 1, [&](const Command& command) {
        if (command.is_applied()) {
            commands.push_back(command);
        }
        return true;
    });
    return read.map([&] { return std::move(commands); });
}

// Parses "spans/0". The last slash counts: the name of a topic cannot contain one, but that of a
// file can.
std::optional<TopicPartition> parse_partition(std::string_view text) {
    const size_t slash = text.rfind('/');
    if (slash == std::string_view::npos) {
        return std::nullopt;
    }
    const std::optional<int32_t> number = parse_number<int32_t>(text.substr(slash + 1));
    return number ? std::optional(TopicPartition{std::string(text.substr(0, slash)), *number})
                  : std::nullopt;
}

std::optional<Command> parse_command(std::string_view line) {
    const ParsedJson json(line);
    const auto members = json_members(line);
    const std::optional<std::string_view> what = json.text("/what");
    const std::optional<CommandKind> kind = what ? parse_command_kind(*what) : std::nullopt;
    const std::optional<int64_t> number = json.number("/number");
    if (!members || !kind || !number || *number < 1) {
        return std::nullopt;
    }
    Command command;
    command.number = static_cast<uint64_t>(*number);
    command.at_ms = json.number("/at_ms").value_or(0);
    command.by = json.text("/by").value_or("");
    command.kind = *kind;
    for (const auto& [name, value] : *members) {
        command.body = name == "body" ? value : command.body;
    }
    for (const std::string& name : json.names("/before")) {
        std::string pointer;
        for (const char c : name) {
            pointer += c == '~' ? "~0" : (c == '/' ? "~1" : std::string(1, c));
        }
        std::optional<TopicPartition> partition = parse_partition(name);
        const std::optional<int64_t> offset = json.number("/before/" + pointer);
        if (!partition || !offset) {
            return std::nullopt;
        }
        command.before.emplace_back(std::move(*partition), *offset);
    }
    return command;
}

Result<std::vector<Command>> commands_of_file(const std::string& path) {
    std::ifstream file(path);
    if (!file) {
        return failure(ErrorKind::kUsage, fmt::format("{}: cannot be read", path));
    }
    std::vector<Command> commands;
    std::string line;
    for (size_t row = 1; std::getline(file, line); ++row) {
        if (line.empty()) {
            continue;
        }
        std::optional<Command> command = parse_command(line);
        if (!command) {
            return failure(ErrorKind::kUsage,
                           fmt::format("{}:{}: this is not a command: give a file that `spantoll "
                                       "commands --format json` printed",
                                       path,
                                       row));
        }
        if (!commands.empty() && command->number <= commands.back().number) {
            return failure(ErrorKind::kUsage,
                           fmt::format("{}:{}: command {} comes after {}: numbers must ascend",
                                       path,
                                       row,
                                       command->number,
                                       commands.back().number));
        }
        commands.push_back(std::move(*command));
    }
    return commands;
}

Result<std::vector<Command>> commands_of(const ReplayOptions& options) {
    if (!options.commands.empty()) {
        return std::filesystem::is_directory(options.commands)
                   ? commands_of_directory(options.commands)
                   : commands_of_file(options.commands);
    }
    if (!options.from_data.empty() && options.takes_commands) {
        return commands_of_directory(options.from_data);
    }
    return std::vector<Command>();
}

bool is_config(const Command& command) {
    return command.kind == CommandKind::kConfig;
}

}  // namespace

Result<CommandHistory> read_command_history(const ReplayOptions& options) {
    Result<std::vector<Command>> commands = commands_of(options);
    if (!commands) {
        return tl::make_unexpected(commands.error());
    }
    const std::string mine = print_policy(options.settings);
    const bool is_known = std::ranges::any_of(*commands, [&](const Command& command) {
        const std::optional<Settings> settings =
            is_config(command) ? settings_of(command, options.settings) : std::nullopt;
        return settings && print_policy(*settings) == mine;
    });
    CommandHistory history{options.settings, {}, std::move(*commands)};
    const bool begins = is_known && is_config(history.rest.front());
    std::optional<Settings> first =
        begins ? settings_of(history.rest.front(), options.settings) : std::nullopt;
    if (first) {
        history.settings = std::move(*first);
        history.first = std::move(history.rest.front());
        history.rest.erase(history.rest.begin());
        return history;
    }
    // A history that does not begin at its beginning goes on from the configuration given.
    const bool is_whole = !history.rest.empty() && history.rest.front().number == 1;
    if (is_whole && std::ranges::any_of(history.rest, is_config)) {
        spdlog::warn(
            "the configuration given is none that held there: it holds from the beginning to the "
            "end, and the configurations that were given there are left out");
        std::erase_if(history.rest, is_config);
    }
    // The command has time 0, so that two replays of one input are equal down to the last row.
    history.first = config_command(options.settings, kByFile, 0);
    history.first.number = 1;
    history.first.result = kResultApplied;
    return history;
}

ReplayCommands::ReplayCommands(const CommandHistory& history,
                               ControllerParts parts,
                               const Settings& settings)
    : commands_(history.rest),
      pipeline_(*parts.pipeline),
      controller_(completed(std::move(parts)),
                  settings,
                  {history.first.number + 1, history.first.number + 1, history.first.number, 1}) {
    pipeline_.engine().keep_command(history.first, controller_.position());
}

ControllerParts ReplayCommands::completed(ControllerParts parts) {
    parts.policy = &policy_;
    parts.queue = &queue_;
    return parts;
}

bool ReplayCommands::is_due(const Command& command, const ingest::Record& record) const {
    const TopicPartition& partition = pipeline_.engine().partitions()[record.partition];
    return std::ranges::any_of(command.before, [&](const auto& before) {
        return before.first == partition && record.offset >= before.second;
    });
}

Result<void> ReplayCommands::apply_next() {
    const Result<CommandAnswer> applied = controller_.apply(commands_[next_++]);
    return applied ? Result<void>() : Result<void>(tl::make_unexpected(applied.error()));
}

Result<void> ReplayCommands::apply_before(const ingest::Record& record) {
    Result<void> applied;
    while (applied && next_ < commands_.size() && is_due(commands_[next_], record)) {
        applied = apply_next();
    }
    return applied;
}

Result<void> ReplayCommands::apply_rest() {
    Result<void> applied;
    while (applied && next_ < commands_.size()) {
        applied = apply_next();
    }
    return applied;
}

}  // namespace spantoll::tools
