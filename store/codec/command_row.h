#pragma once

#include <optional>
#include <string>

#include "schemas/control/command.h"
#include "store/codec/row_kind.h"

namespace spantoll::store {

// COMMAND#<number, 20 digits>. No part of the digest: two replays of one input tell of the same
// totals, whenever somebody changed what they mean.
template <>
struct RowKind<Command> {
    static constexpr Family kFamily = Family::kMeta;
    static constexpr std::string_view kPrefix = "COMMAND#";
    static constexpr Visibility kVisibility = Visibility::kShown;
    static constexpr bool kIsLoaded = false;
    static std::string key(const Command& row);
    static std::string_view encode(RecordEncoder& encoder, const Command& row);
    static std::optional<Command> decode(std::string_view key, std::string_view value);
    static std::string json(const Command& row);
};

// META/COMMANDS.
template <>
struct RowKind<CommandPosition> {
    static constexpr Family kFamily = Family::kMeta;
    static constexpr std::string_view kPrefix = "META/COMMANDS";
    static constexpr Visibility kVisibility = Visibility::kInternal;
    static std::string key(const CommandPosition& row);
    static std::string_view encode(RecordEncoder& encoder, const CommandPosition& row);
    static std::optional<CommandPosition> decode(std::string_view key, std::string_view value);
    static std::string json(const CommandPosition& row);
};

}  // namespace spantoll::store
