#include <algorithm>
#include <span>
#include <utility>

#include "schemas/text/json_writer.h"
#include "tools/configuration/key_rules.h"
#include "tools/control/command_outcome.h"
#include "tools/control/controller.h"
#include "tools/control/key_command.h"
#include "tools/process/kill_point.h"

// What a command does once it is on disk.

namespace spantoll::tools {
namespace {

using Outcome = CommandAnswer::Outcome;

// More than come at a time, so that the oldest are never far beyond their retention.
constexpr size_t kForgottenAtOnceMax = 16;

// A command that came too late, or that nobody understands.
std::string changes_nothing(Command& command, std::string_view result) {
    command.result = result;
    command.was = "{}";
    return JsonObject().add_text("result", result).str();
}

// What was decided since there were `before` decisions.
std::string follows_since(const Engine& engine, size_t before) {
    return follows_json(std::span(engine.decisions_to_commit()).subspan(before));
}

}  // namespace

// What would follow: the engine is made as it would be, and dropped.
Result<CommandAnswer> Controller::foresee(std::vector<Command> commands) {
    Command& command = commands.front();
    if (command.kind == CommandKind::kKey || command.kind == CommandKind::kKeyRemoved) {
        return foresee_keys(commands);
    }
    const bool is_config = command.kind == CommandKind::kConfig;
    const std::optional<Settings> settings = is_config ? settings_after(command) : settings_;
    if (!settings) {
        return failure(ErrorKind::kUsage, "the configuration cannot be read again");
    }
    const Result<std::unique_ptr<Engine>> engine =
        engine_with(*settings, command.at_ms, &store::Store::foresee);
    if (!engine) {
        return tl::make_unexpected(engine.error());
    }
    const std::string changed = is_config
                                    ? config_change_json(position_.config, change_to(*settings))
                                    : change(command, **engine);
    CommandAnswer answer;
    answer.outcome = Outcome::kForeseen;
    answer.json = JsonObject()
                      .add_json("changed", changed)
                      .add_json("follows", follows_since(**engine, 0))
                      .str();
    return answer;
}

// The engine with other settings, over the state as it stands. The present one can go on as long as
// nothing of the new one is committed.
Result<std::unique_ptr<Engine>> Controller::engine_with(const Settings& settings,
                                                        int64_t at_ms,
                                                        Load load) {
    if (Result<void> written = parts_.pipeline->commit_now(window::CommitScope::kEverything);
        !written) {
        return tl::make_unexpected(written.error());
    }
    store::StoreOptions options = store_options(settings, parts_.store->dedup_seed());
    options.dropped_kinds = kinds_that_went(settings_, settings);
    Result<store::LoadedState> loaded = (parts_.store->*load)(options);
    if (!loaded) {
        return tl::make_unexpected(loaded.error());
    }
    EnginePurpose purpose = parts_.purpose;
    purpose.command_at_ms = at_ms;
    return make_engine(settings, purpose, *parts_.store, std::move(*loaded));
}

// Those that hold after a `config` command; empty where it cannot be read. A replay has no
// idleness, whatever its commands say.
std::optional<Settings> Controller::settings_after(const Command& config) const {
    std::optional<Settings> settings = settings_of(config, settings_);
    if (settings) {
        settings->time.idle_after_ms = settings_.time.idle_after_ms;
    }
    return settings;
}

ConfigChange Controller::change_to(const Settings& settings) const {
    std::vector<Grant> grants;
    for (const auto& [number, grant] : parts_.pipeline->engine().grants().all()) {
        grants.push_back(grant);
    }
    return config_change(settings_, settings, grants);
}

Result<CommandAnswer> Controller::apply(Command command) {
    std::vector<Command> commands;
    commands.push_back(std::move(command));
    return apply_all(std::move(commands));
}

// Those that were appended together are committed together.
Result<CommandAnswer> Controller::apply_all(std::vector<Command> commands) {
    if (commands.size() > 1) {
        commands.back().answer = JsonObject()
                                     .add_text("result", kResultApplied)
                                     .add("first", commands.front().number)
                                     .add("keys", commands.size())
                                     .str();
    }
    Result<CommandAnswer> answer = CommandAnswer{};
    for (Command& command : commands) {
        answer = perform(std::move(command));
        if (!answer) {
            return answer;
        }
    }
    if (Result<void> committed = commit(); !committed) {
        return tl::make_unexpected(committed.error());
    }
    return answer;
}

Result<CommandAnswer> Controller::perform(Command command) {
    const Result<std::string> follows = command.kind == CommandKind::kConfig
                                            ? apply_config(command)
                                            : Result<std::string>(apply_in_place(command));
    if (!follows) {
        return tl::make_unexpected(follows.error());
    }
    if (command.kind == CommandKind::kConfig || command.kind == CommandKind::kKey ||
        command.kind == CommandKind::kKeyRemoved) {
        keys_shown_ = nullptr;
    }
    position_.next = std::max(position_.next, command.number + 1);
    position_.applied = command.number + 1;
    CommandAnswer answer;
    answer.outcome = Outcome::kApplied;
    answer.number = command.number;
    // Of many the last has the answer to all.
    answer.json = command.answer.empty() ? *follows : std::exchange(command.answer, {});
    if (!command.key.empty()) {
        command.answer = answer.json;
        answered_.keep(command, answer);
    }
    if (Result<void> forgotten = forget_old_commands(command.at_ms); !forgotten) {
        return tl::make_unexpected(forgotten.error());
    }
    parts_.pipeline->engine().keep_command(std::move(command), position_);
    return answer;
}

Result<void> Controller::commit() {
    kill_point("before_command_committed");
    if (Result<void> written = parts_.pipeline->commit_now(window::CommitScope::kDue); !written) {
        return written;
    }
    kill_point("after_command_committed");
    show_policy();
    return {};
}

// Rows past their retention go, the oldest first, some with each command. The configuration that
// holds stays: a start needs it.
Result<void> Controller::forget_old_commands(int64_t now_ms) {
    const Result<std::vector<Command>> oldest =
        parts_.store->read_commands(position_.begin, kForgottenAtOnceMax);
    if (!oldest) {
        return tl::make_unexpected(oldest.error());
    }
    std::vector<Command> forgotten;
    for (const Command& command : *oldest) {
        const bool is_old = command.at_ms + settings_.retention.commands_ms < now_ms;
        if (!is_old || command.number >= position_.config) {
            break;
        }
        position_.begin = command.number + 1;
        forgotten.push_back(command);
    }
    parts_.pipeline->engine().forget_commands(std::move(forgotten));
    return {};
}

// Fills in what the command changed.
Result<std::string> Controller::apply_config(Command& command) {
    change_text_.clear();
    std::optional<Settings> settings = settings_after(command);
    if (!settings) {
        return changes_nothing(command, kNotUnderstood);
    }
    if (!key_conflicts(*settings, parts_.pipeline->engine().keys().of_commands()).empty()) {
        return changes_nothing(command, kKeyConflict);
    }
    Result<std::unique_ptr<Engine>> engine =
        engine_with(*settings, command.at_ms, &store::Store::reload);
    if (!engine) {
        return tl::make_unexpected(engine.error());
    }
    const ConfigChange change = change_to(*settings);
    command.was = config_change_json(position_.config, change);
    change_text_ = config_change_text(change);
    command.result = kResultApplied;
    const std::string follows = follows_json((*engine)->decisions_to_commit());
    (*engine)->continue_counters_of(**parts_.engine);
    // The old one is dropped after nobody knows it any more.
    std::swap(*parts_.engine, *engine);
    parts_.pipeline->replace_engine(**parts_.engine);
    settings_ = std::move(*settings);
    position_.config = command.number;
    return JsonObject()
        .add_text("result", command.result)
        .add_json("changed", command.was)
        .add_json("follows", follows)
        .str();
}

// Gives or ends a grant, resets, or puts a key. Fills in the command's result; gives what it
// changed.
std::string Controller::change(Command& command, Engine& engine) const {
    const int64_t effective_ms = engine.command_time_ms(command.at_ms);
    command.result = kResultApplied;
    if (command.kind == CommandKind::kGrantEnd) {
        const std::optional<uint64_t> number = read_grant_end(command.body);
        const std::optional<Grant> ended =
            number ? engine.end_grant(*number, effective_ms) : std::nullopt;
        if (!ended) {
            command.result = kNoSuchGrant;
        }
        return ended ? grant_json(*ended) : "{}";
    }
    if (command.kind == CommandKind::kKey || command.kind == CommandKind::kKeyRemoved) {
        return change_key(command, engine);
    }
    if (command.kind == CommandKind::kReset) {
        const ResetChange reset = read_reset(command.body, settings_, engine.keys());
        if (!reset.reasons.empty()) {
            command.result = reset.result;
            return "{}";
        }
        const size_t count = engine.reset(reset.limit, reset.account, effective_ms);
        return JsonObject()
            .add_text("limit", reset.limit)
            .add_text("account", reset.account)
            .add("accounts_reset", count)
            .str();
    }
    GrantChange change = read_grant(command.body, settings_, command.at_ms, engine);
    if (!change.reasons.empty()) {
        command.result = change.result;
        return "{}";
    }
    change.grant.number = command.number;
    engine.add_grant(change.grant, effective_ms);
    return grant_json(change.grant);
}

// What needs no other engine.
std::string Controller::apply_in_place(Command& command) {
    Engine& engine = parts_.pipeline->engine();
    const size_t before = engine.decisions_to_commit().size();
    command.was = change(command, engine);
    return JsonObject()
        .add_text("result", command.result)
        .add_json("changed", command.was)
        .add_json("follows", follows_since(engine, before))
        .str();
}

}  // namespace spantoll::tools
