#include "tools/control/answered_keys.h"

#include <algorithm>
#include <utility>
#include <vector>
#include <xxhash.h>

#include <fmt/format.h>

#include "schemas/rfc3339.h"
#include "schemas/text/json_writer.h"

namespace spantoll::tools {
namespace {

using Outcome = CommandAnswer::Outcome;

// Commands looked at for keys of the last day when the first key comes.
constexpr uint64_t kKeysReadMax = 100'000;

// As it was given when the command was applied.
CommandAnswer answer_of(const Command& command) {
    CommandAnswer answer;
    answer.outcome = Outcome::kApplied;
    answer.number = command.number;
    answer.json = command.answer;
    if (answer.json.empty()) {  // a row of before answers were kept
        answer.json =
            JsonObject().add_text("result", command.result).add_json("changed", command.was).str();
    }
    return answer;
}

}  // namespace

uint64_t hash_of(const CommandRequest& request) {
    const uint64_t hash = XXH3_64bits_withSeed(
        request.body.data(), request.body.size(), static_cast<uint64_t>(request.kind));
    return std::max<uint64_t>(hash, 1);
}

Result<std::optional<CommandAnswer>> AnsweredKeys::find(const store::Store& store,
                                                        const CommandPosition& position,
                                                        const CommandRequest& request,
                                                        int64_t now_ms) {
    if (Result<void> done = read(store, position); !done) {
        return tl::make_unexpected(done.error());
    }
    std::erase_if(by_key_,
                  [&](const auto& known) { return known.second.at_ms + kKeptMs < now_ms; });
    const auto known = by_key_.find(request.key);
    if (known == by_key_.end()) {
        return std::nullopt;
    }
    const Answered& first = known->second;
    const bool is_same = first.kind == request.kind &&
                         (first.request_hash == 0 || first.request_hash == hash_of(request));
    if (is_same) {
        return first.answer;
    }
    return CommandAnswer{
        Outcome::kKeyReused,
        0,
        {},
        {fmt::format("this Idempotency-Key came at {} with another request, which is command {}: "
                     "give each request a key of its own; nothing was done",
                     rfc3339(first.at_ms),
                     first.answer.number)}};
}

void AnsweredKeys::keep(const Command& command, const CommandAnswer& answer) {
    by_key_[command.key] = {command.at_ms, command.kind, command.request_hash, answer};
}

Result<void> AnsweredKeys::read(const store::Store& store, const CommandPosition& position) {
    if (std::exchange(is_read_, true)) {
        return {};
    }
    const uint64_t from = position.next > kKeysReadMax ? position.next - kKeysReadMax : 1;
    const Result<std::vector<Command>> commands = store.read_commands(from, kKeysReadMax);
    if (!commands) {
        return tl::make_unexpected(commands.error());
    }
    for (const Command& command : *commands) {
        if (!command.key.empty() && command.is_applied()) {
            keep(command, answer_of(command));
        }
    }
    return {};
}

}  // namespace spantoll::tools
