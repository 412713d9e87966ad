#include "tools/control/controller.h"

#include <algorithm>
#include <spdlog/spdlog.h>
#include <utility>

#include <fmt/format.h>

#include "schemas/text/json_writer.h"
#include "tools/configuration/configuration.h"
#include "tools/configuration/key_rules.h"
#include "tools/control/command_outcome.h"
#include "tools/process/kill_point.h"

namespace spantoll::tools {
namespace {

using Outcome = CommandAnswer::Outcome;

CommandAnswer invalid(std::vector<std::string> reasons) {
    CommandAnswer answer;
    answer.outcome = Outcome::kInvalid;
    answer.reasons = std::move(reasons);
    return answer;
}

}  // namespace

Controller::Controller(const ControllerParts& parts,
                       Settings settings,
                       const CommandPosition& position)
    : parts_(parts), settings_(std::move(settings)), position_(position) {
    show_policy();
}

// For those who answer beside the engine.
void Controller::show_policy() {
    if (!keys_shown_) {
        keys_shown_ = std::make_shared<const KeyTable>(parts_.pipeline->engine().keys());
    }
    parts_.policy->set(settings_, position_.config, keys_shown_);
}

Result<void> Controller::apply_left_over() {
    while (position_.applied < position_.next) {
        Result<std::vector<Command>> read = parts_.store->read_commands(position_.applied, 1);
        if (!read) {
            return tl::make_unexpected(read.error());
        }
        if (read->empty() || read->front().number != position_.applied) {
            return failure(
                ErrorKind::kDisk,
                fmt::format("command {} is missing: restore a backup", position_.applied));
        }
        const Result<CommandAnswer> applied = apply(std::move(read->front()));
        if (!applied) {
            return tl::make_unexpected(applied.error());
        }
        spdlog::info("applied command {}, which was appended before the last run ended",
                     applied->number);
    }
    return {};
}

Result<void> Controller::serve() {
    while (const std::shared_ptr<CommandQueue::Pending> pending = parts_.queue->take()) {
        Result<CommandAnswer> answer = handle(pending->request(), pending.get());
        if (!answer) {
            return tl::make_unexpected(answer.error());
        }
        parts_.queue->answer(*pending, std::move(*answer));
    }
    return {};
}

Result<void> Controller::reload(const std::string& path, const Settings& file_at_start) {
    if (path.empty()) {
        spdlog::warn("SIGHUP: there is no --config to read again");
        return {};
    }
    if (settings_.policy_from == PolicySource::kApi) {
        spdlog::warn("SIGHUP: [policy] from = \"api\": {} is not read again", path);
        return {};
    }
    const PolicyChange change = beside_keys(read_policy_file(path, settings_, file_at_start));
    for (const std::string& reason : change.reasons) {
        spdlog::error("SIGHUP: {}", reason);
    }
    if (!change.reasons.empty()) {
        spdlog::error("SIGHUP: {} cannot be taken, nothing changed", path);
        return {};
    }
    if (print_policy(change.settings) == print_policy(settings_)) {
        spdlog::info("SIGHUP: {} says what holds already", path);
        return {};
    }
    CommandRequest request;
    request.by = kBySignal;
    request.body = JsonObject().add_text("toml", print_policy(change.settings)).str();
    const Result<CommandAnswer> answer = handle(request, nullptr);
    if (!answer) {
        return tl::make_unexpected(answer.error());
    }
    spdlog::info("SIGHUP: {} holds from here on, command {}", path, answer->number);
    return {};
}

Result<CommandAnswer> Controller::handle(const CommandRequest& request,
                                         CommandQueue::Pending* pending) {
    const int64_t now_ms = parts_.clock->now().ms;
    // A dry run does nothing that could be done twice.
    const bool has_key = !request.key.empty() && !request.is_dry_run;
    if (has_key) {
        Result<std::optional<CommandAnswer>> known =
            answered_.find(*parts_.store, position_, request, now_ms);
        if (!known) {
            return tl::make_unexpected(known.error());
        }
        if (*known) {
            return std::move(**known);
        }
    }
    const Prepared prepared = prepare(request, now_ms);
    if (prepared.refused) {
        return *prepared.refused;
    }
    if (request.is_dry_run) {
        return foresee(prepared.commands);
    }
    if (pending != nullptr && !parts_.queue->claim(*pending)) {
        return CommandAnswer{};
    }
    std::vector<Command> commands = prepared.commands;
    for (Command& command : commands) {
        command.number = position_.next++;
        command.before = parts_.pipeline->engine().offsets_before();
    }
    if (has_key) {
        commands.back().key = request.key;
        commands.back().request_hash = hash_of(request);
    }
    kill_point("before_command_appended");
    if (Result<void> appended = parts_.store->append_commands(commands, position_); !appended) {
        return tl::make_unexpected(appended.error());
    }
    if (pending != nullptr) {
        parts_.queue->note_number(*pending, commands.back().number);
    }
    kill_point("after_command_appended");
    const Result<CommandAnswer> answer = apply_all(std::move(commands));
    if (answer && request.kind == CommandKind::kConfig && !change_text_.empty()) {
        spdlog::info("command {} by {}: {}", answer->number, request.by, change_text_);
    }
    return answer;
}

// What would be appended, or why it is refused.
Controller::Prepared Controller::prepare(const CommandRequest& request, int64_t now_ms) const {
    Prepared prepared;
    Command command;
    command.at_ms = now_ms;
    command.by = request.by;
    command.kind = request.kind;
    prepared.commands.push_back(std::move(command));
    const auto take = [&](auto change) {
        prepared.commands.front().body = std::move(change.body);
        if (!change.reasons.empty()) {
            prepared.refused = invalid(std::move(change.reasons));
        }
    };
    Engine& engine = parts_.pipeline->engine();
    switch (request.kind) {
        case CommandKind::kConfig:
            prepare_config(request, prepared);
            break;
        case CommandKind::kGrant:
            take(read_grant(request.body, settings_, now_ms, engine));
            break;
        case CommandKind::kGrantEnd: {
            prepared.commands.front().body = request.body;
            const std::optional<uint64_t> number = read_grant_end(request.body);
            if (!number || !engine.grants().all().contains(*number)) {
                prepared.refused = CommandAnswer{
                    Outcome::kMissing, 0, {}, {"there is no grant of this number, or it ended"}};
            }
            break;
        }
        case CommandKind::kReset:
            take(read_reset(request.body, settings_, engine.keys()));
            break;
        case CommandKind::kKey:
        case CommandKind::kKeyRemoved:
            prepare_key(request, prepared);
            break;
    }
    return prepared;
}

// Keys of commands must be able to stand beside a new configuration.
PolicyChange Controller::beside_keys(PolicyChange change) const {
    if (change.reasons.empty()) {
        change.reasons =
            key_conflicts(change.settings, parts_.pipeline->engine().keys().of_commands());
    }
    return change;
}

void Controller::prepare_config(const CommandRequest& request, Prepared& prepared) const {
    PolicyChange change = beside_keys(policy_change_of(request.body, settings_));
    if (settings_.policy_from == PolicySource::kFile && request.by != kBySignal &&
        !request.is_dry_run) {
        prepared.refused = CommandAnswer{
            Outcome::kConflict,
            0,
            {},
            {"the policy comes from the configuration file: change it there and send SIGHUP, or "
             "set from = \"api\" in [policy]"}};
    } else if (request.if_config && *request.if_config != position_.config) {
        prepared.refused =
            CommandAnswer{Outcome::kStale,
                          position_.config,
                          {},
                          {fmt::format("the configuration that holds is {}, not {}: read it again",
                                       position_.config,
                                       *request.if_config)}};
    } else if (!change.reasons.empty()) {
        prepared.refused = invalid(std::move(change.reasons));
    } else {
        // As it is understood: without secrets, and every default written out.
        prepared.commands.front().body = config_command(change.settings, request.by, 0).body;
    }
}

}  // namespace spantoll::tools
