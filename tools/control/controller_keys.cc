#include <algorithm>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "schemas/text/json_writer.h"
#include "tools/control/command_outcome.h"
#include "tools/control/controller.h"
#include "tools/control/key_command.h"

// Commands on virtual keys. No level follows from them: they say which accounts later spans are
// charged to.

namespace spantoll::tools {
namespace {

using Outcome = CommandAnswer::Outcome;

// What is read of an import at most, and so appended and committed at once.
constexpr size_t kImportLinesMax = 1'000;
// Reasons that are told of an import that is refused.
constexpr size_t kImportReasonsMax = 100;

CommandAnswer refused(Outcome outcome, std::vector<std::string> reasons) {
    return {outcome, 0, {}, std::move(reasons)};
}

KeyChange read(const Command& command, const Settings& settings, const KeyTable& keys) {
    return command.kind == CommandKind::kKeyRemoved
               ? read_key_removal(command.body, keys)
               : read_key(command.body, LeftOut::kDefault, settings, keys);
}

std::vector<std::string_view> lines_of(std::string_view text) {
    std::vector<std::string_view> lines;
    while (!text.empty()) {
        const size_t end = std::min(text.find('\n'), text.size());
        const std::string_view line = text.substr(0, end);
        if (line.find_first_not_of(" \t\r") != std::string_view::npos) {
            lines.push_back(line);
        }
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return lines;
}

}  // namespace

void Controller::prepare_key(const CommandRequest& request, Prepared& prepared) const {
    if (request.form == CommandRequest::Form::kLines) {
        return prepare_keys(request, prepared);
    }
    const KeyTable& keys = parts_.pipeline->engine().keys();
    const LeftOut left_out =
        request.form == CommandRequest::Form::kChange ? LeftOut::kUnchanged : LeftOut::kDefault;
    KeyChange change = request.kind == CommandKind::kKeyRemoved
                           ? read_key_removal(request.body, keys)
                           : read_key(request.body, left_out, settings_, keys);
    prepared.commands.front().body = std::move(change.body);
    if (!change.reasons.empty()) {
        prepared.refused =
            refused(change.result == kNoSuchKey ? Outcome::kMissing : Outcome::kInvalid,
                    std::move(change.reasons));
    }
}

// Each line is a command; each is checked beside those before it.
void Controller::prepare_keys(const CommandRequest& request, Prepared& prepared) const {
    const Command like = std::exchange(prepared.commands, {}).front();
    const std::vector<std::string_view> lines = lines_of(request.body);
    if (lines.empty() || lines.size() > kImportLinesMax) {
        prepared.refused = refused(
            Outcome::kInvalid,
            {fmt::format("send 1 to {} keys at a time, a JSON object in each line; these are {}",
                         kImportLinesMax,
                         lines.size())});
        return;
    }
    KeyTable keys = parts_.pipeline->engine().keys();
    std::vector<std::string> reasons;
    for (size_t i = 0; i < lines.size() && reasons.size() < kImportReasonsMax; ++i) {
        KeyChange change = read_key(lines[i], LeftOut::kDefault, settings_, keys);
        for (const std::string& reason : change.reasons) {
            reasons.push_back(
                fmt::format("line {}, key \"{}\": {}", i + 1, change.key.name, reason));
        }
        prepared.commands.push_back(like);
        prepared.commands.back().body = std::move(change.body);
        if (change.reasons.empty()) {
            keys.put(std::move(change.key), KeyTable::Origin::kCommand);
        }
    }
    if (!reasons.empty()) {
        prepared.refused = refused(Outcome::kInvalid, std::move(reasons));
    }
}

// Fills in the command's result; gives what it changed.
std::string Controller::change_key(Command& command, Engine& engine) const {
    const KeyChange change = read(command, settings_, engine.keys());
    if (!change.reasons.empty()) {
        command.result = change.result;
        return "{}";
    }
    const std::string changed =
        key_change_json(engine.keys().find_by_name(change.key.name), change.key);
    engine.put_key(change.key);
    return changed;
}

CommandAnswer Controller::foresee_keys(const std::vector<Command>& commands) const {
    const KeyTable& keys = parts_.pipeline->engine().keys();
    const KeyChange change = read(commands.front(), settings_, keys);
    const std::string changed =
        commands.size() > 1 ? JsonObject().add("keys", commands.size()).str()
                            : key_change_json(keys.find_by_name(change.key.name), change.key);
    CommandAnswer answer;
    answer.outcome = Outcome::kForeseen;
    answer.json =
        JsonObject().add_json("changed", changed).add_json("follows", follows_json({})).str();
    return answer;
}

}  // namespace spantoll::tools
