#include "tools/control/controller.h"

#include <algorithm>
#include <functional>
#include <spdlog/spdlog.h>
#include <utility>

#include <fmt/format.h>

#include "schemas/text/decision_json.h"
#include "schemas/text/json_writer.h"
#include "tools/configuration/configuration.h"
#include "tools/process/kill_point.h"

namespace spantoll::tools {
namespace {

using Outcome = CommandAnswer::Outcome;

// Decisions that an answer shows for each limit; it counts all of them.
constexpr size_t kExamplesMax = 5;
// More than come at a time, so that the oldest are never far beyond their retention.
constexpr size_t kForgottenAtOnceMax = 16;
// Commands looked at for keys of the last day when the first key comes.
constexpr uint64_t kKeysReadMax = 100'000;

CommandAnswer invalid(std::vector<std::string> reasons) {
    CommandAnswer answer;
    answer.outcome = Outcome::kInvalid;
    answer.reasons = std::move(reasons);
    return answer;
}

// How many decisions follow, limit by limit in the order of their first, with examples.
std::string follows_json(const std::vector<Decision>& decisions) {
    std::vector<std::string> limits;
    for (const Decision& decision : decisions) {
        if (std::ranges::find(limits, decision.limit) == limits.end()) {
            limits.push_back(decision.limit);
        }
    }
    JsonArray by_limit;
    for (const std::string& limit : limits) {
        size_t count = 0;
        JsonArray examples;
        for (const Decision& decision : decisions) {
            if (decision.limit == limit && ++count <= kExamplesMax) {
                examples.add_json(decision_json(decision));
            }
        }
        by_limit.add_json(JsonObject()
                              .add_text("limit", limit)
                              .add("decisions", count)
                              .add_json("examples", examples.str())
                              .str());
    }
    return JsonObject()
        .add("decisions", decisions.size())
        .add_json("by_limit", by_limit.str())
        .str();
}

void add_names(JsonObject& json,
               std::string_view member,
               const std::vector<Limit>& limits,
               const std::function<bool(const Limit&)>& is_named) {
    JsonArray names;
    for (const Limit& limit : limits) {
        if (is_named(limit)) {
            names.add_text(limit.name);
        }
    }
    json.add_json(member, names.str());
}

const Limit* find_limit(const std::vector<Limit>& limits, const std::string& name) {
    const auto found = std::ranges::find(limits, name, &Limit::name);
    return found == limits.end() ? nullptr : &*found;
}

// What a configuration changed, for the audit: which one held before, and which limits differ.
std::string config_change_json(uint64_t before, const Settings& was, const Settings& is) {
    JsonObject json;
    json.add("config_before", before);
    add_names(json, "limits_added", is.limits, [&](const Limit& limit) {
        return find_limit(was.limits, limit.name) == nullptr;
    });
    add_names(json, "limits_removed", was.limits, [&](const Limit& limit) {
        return find_limit(is.limits, limit.name) == nullptr;
    });
    add_names(json, "limits_changed", is.limits, [&](const Limit& limit) {
        const Limit* before_it = find_limit(was.limits, limit.name);
        return before_it != nullptr && *before_it != limit;
    });
    return json.add_flag("prices_changed", was.prices != is.prices)
        .add_flag("accounts_changed", !(was.accounts == is.accounts))
        .str();
}

}  // namespace

Controller::Controller(const ControllerParts& parts,
                       Settings settings,
                       const CommandPosition& position)
    : parts_(parts), settings_(std::move(settings)), position_(position) {
    parts_.policy->set(settings_, position_.config);
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
    const PolicyChange change = read_policy_file(path, settings_, file_at_start);
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
    if (!request.key.empty()) {
        if (Result<void> read = remember_answers(); !read) {
            return tl::make_unexpected(read.error());
        }
        forget_old_keys(now_ms);
        if (const auto known = by_key_.find(request.key); known != by_key_.end()) {
            return known->second.answer;
        }
    }
    PolicyChange change = policy_change_of(request.body, settings_);
    CommandAnswer refused = check(request, change);
    if (refused.outcome != Outcome::kApplied) {
        return refused;
    }
    if (request.is_dry_run) {
        return foresee(change.settings);
    }
    if (pending != nullptr && !parts_.queue->claim(*pending)) {
        return CommandAnswer{};
    }
    // As it is understood: without secrets, and every default written out.
    Command command = config_command(change.settings, request.by, now_ms);
    command.number = position_.next;
    command.key = request.key;
    command.before = parts_.pipeline->engine().offsets_before();
    position_.next += 1;
    kill_point("before_command_appended");
    if (Result<void> appended = parts_.store->append_command(command, position_); !appended) {
        return tl::make_unexpected(appended.error());
    }
    if (pending != nullptr) {
        parts_.queue->note_number(*pending, command.number);
    }
    kill_point("after_command_appended");
    return apply(std::move(command));
}

// kApplied where nothing speaks against it.
CommandAnswer Controller::check(const CommandRequest& request, const PolicyChange& change) const {
    CommandAnswer answer;
    answer.outcome = Outcome::kApplied;
    if (settings_.policy_from == PolicySource::kFile && request.by != kBySignal &&
        !request.is_dry_run) {
        answer.outcome = Outcome::kConflict;
        answer.reasons = {
            "the policy comes from the configuration file: change it there and send "
            "SIGHUP, or set from = \"api\" in [policy]"};
        return answer;
    }
    if (request.if_config && *request.if_config != position_.config) {
        answer.outcome = Outcome::kStale;
        answer.number = position_.config;
        answer.reasons = {fmt::format("the configuration that holds is {}, not {}: read it again",
                                      position_.config,
                                      *request.if_config)};
        return answer;
    }
    return change.reasons.empty() ? answer : invalid(change.reasons);
}

// What would follow: the engine is made as it would be, and dropped.
Result<CommandAnswer> Controller::foresee(const Settings& settings) {
    const Result<std::unique_ptr<Engine>> engine = engine_with(settings, parts_.clock->now().ms);
    if (!engine) {
        return tl::make_unexpected(engine.error());
    }
    CommandAnswer answer;
    answer.outcome = Outcome::kForeseen;
    answer.json =
        JsonObject()
            .add_json("changed", config_change_json(position_.config, settings_, settings))
            .add_json("follows", follows_json((*engine)->decisions_to_commit()))
            .str();
    return answer;
}

// The engine with other settings, over the state as it stands. The present one can go on as long as
// nothing of the new one is committed.
Result<std::unique_ptr<Engine>> Controller::engine_with(const Settings& settings, int64_t at_ms) {
    if (Result<void> written = parts_.pipeline->commit_now(window::CommitScope::kEverything);
        !written) {
        return tl::make_unexpected(written.error());
    }
    Result<store::LoadedState> loaded =
        parts_.store->reload(store_options(settings, parts_.store->dedup_seed()));
    if (!loaded) {
        return tl::make_unexpected(loaded.error());
    }
    EnginePurpose purpose = parts_.purpose;
    purpose.command_at_ms = at_ms;
    return make_engine(settings, purpose, *parts_.store, std::move(*loaded));
}

Result<CommandAnswer> Controller::apply(Command command) {
    const Result<std::string> follows = apply_config(command);
    if (!follows) {
        return tl::make_unexpected(follows.error());
    }
    position_.next = std::max(position_.next, command.number + 1);
    position_.applied = command.number + 1;
    CommandAnswer answer;
    answer.outcome = Outcome::kApplied;
    answer.number = command.number;
    answer.json = *follows;
    if (!command.key.empty()) {
        by_key_[command.key] = {command.at_ms, answer};
    }
    if (Result<void> forgotten = forget_old_commands(command.at_ms); !forgotten) {
        return tl::make_unexpected(forgotten.error());
    }
    parts_.pipeline->engine().keep_command(std::move(command), position_);
    kill_point("before_command_committed");
    if (Result<void> written = parts_.pipeline->commit_now(window::CommitScope::kDue); !written) {
        return tl::make_unexpected(written.error());
    }
    kill_point("after_command_committed");
    parts_.policy->set(settings_, position_.config);
    return answer;
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
    std::optional<Settings> settings = settings_of(command, settings_);
    if (!settings) {
        command.result = "not_understood";
        command.was = "{}";
        return std::string("{}");
    }
    settings->time.idle_after_ms = settings_.time.idle_after_ms;
    Result<std::unique_ptr<Engine>> engine = engine_with(*settings, command.at_ms);
    if (!engine) {
        return tl::make_unexpected(engine.error());
    }
    command.was = config_change_json(position_.config, settings_, *settings);
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

// Answers to keys of the last day, when the first key comes.
Result<void> Controller::remember_answers() {
    if (std::exchange(has_read_keys_, true)) {
        return {};
    }
    const uint64_t from = position_.next > kKeysReadMax ? position_.next - kKeysReadMax : 1;
    const Result<std::vector<Command>> read = parts_.store->read_commands(from, kKeysReadMax);
    if (!read) {
        return tl::make_unexpected(read.error());
    }
    for (const Command& command : *read) {
        if (!command.key.empty() && command.is_applied()) {
            CommandAnswer answer;
            answer.outcome = Outcome::kApplied;
            answer.number = command.number;
            answer.json = JsonObject()
                              .add_text("result", command.result)
                              .add_json("changed", command.was)
                              .str();
            by_key_[command.key] = {command.at_ms, std::move(answer)};
        }
    }
    return {};
}

void Controller::forget_old_keys(int64_t now_ms) {
    std::erase_if(by_key_, [&](const auto& known) { return known.second.at_ms + kDayMs < now_ms; });
}

}  // namespace spantoll::tools
