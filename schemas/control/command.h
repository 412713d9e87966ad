#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "schemas/position.h"

namespace spantoll {

// What a command changes (docs/commands.md).
enum class CommandKind : uint8_t { kConfig, kGrant, kGrantEnd, kReset, kKey, kKeyRemoved };

inline constexpr std::array<std::string_view, 6> kCommandKindNames{
    "config", "grant", "grant_end", "reset", "key", "key_removed"};

constexpr std::string_view name_of(CommandKind kind) {
    return kCommandKindNames[static_cast<size_t>(kind)];
}

constexpr std::optional<CommandKind> parse_command_kind(std::string_view name) {
    for (size_t i = 0; i < kCommandKindNames.size(); ++i) {
        if (kCommandKindNames[i] == name) {
            return static_cast<CommandKind>(i);
        }
    }
    return std::nullopt;
}

// What `by` says where no token stands behind a command.
inline constexpr std::string_view kByFile = "file";      // a start with another configuration
inline constexpr std::string_view kBySignal = "signal";  // SIGHUP
inline constexpr std::string_view kByLoopback = "loopback";
inline constexpr std::string_view kByToken = "token";  // the one of [http] token

inline constexpr std::string_view kResultApplied = "applied";

// A change of policy or usage while spantoll runs: the row COMMAND#<number>. It is appended first,
// then applied by the engine between two records; what it changed is in the commit that says so.
struct Command {
    uint64_t number = 0;  // from 1, without gaps
    int64_t at_ms = 0;    // wall clock
    std::string by;
    CommandKind kind = CommandKind::kConfig;
    std::string body;  // one JSON object
    // For each partition the offset of the first record that came after it.
    std::vector<std::pair<TopicPartition, int64_t>> before;
    std::string was;     // one JSON object: what it changed, before and after; empty: not applied
    std::string result;  // "applied", or why nothing changed, in one word; empty: not applied
    std::string key;     // Idempotency-Key; empty = none
    // With a key: what the request was, hashed, and the outcome that was answered, so that the
    // request that comes again is known and given the same answer.
    uint64_t request_hash = 0;
    std::string answer;

    bool is_applied() const { return !result.empty(); }
    bool operator==(const Command&) const = default;
};

// META/COMMANDS: how far the log of commands has come.
struct CommandPosition {
    uint64_t next = 1;     // the number of the next command
    uint64_t applied = 1;  // the lowest number that is not applied
    uint64_t config = 0;   // the last `config` that was applied; 0 = none
    uint64_t begin = 1;    // the lowest number that is kept
    bool operator==(const CommandPosition&) const = default;
};

}  // namespace spantoll
