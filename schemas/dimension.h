#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace spantoll {

// What a span may say about who caused it. Account kinds, prices and parents are built from these.
enum class Dimension : uint8_t {
    kDomain,
    kService,
    kOperation,
    kCommit,
    kActivity,
    kRegion,
    kProvider,
    kModel,
    kVirtualKey,
    kTeam,
    kCustomer,
    kUser,
    kSession,  // a run or a conversation
    kEndUser,  // the user of a gateway's customer
};
inline constexpr size_t kDimensionCount = 14;

// Names as in the wire schema and the configuration, indexed by Dimension.
inline constexpr std::array<std::string_view, kDimensionCount> kDimensionNames{"domain",
                                                                               "service",
                                                                               "operation",
                                                                               "commit",
                                                                               "activity",
                                                                               "region",
                                                                               "provider",
                                                                               "model",
                                                                               "virtual_key",
                                                                               "team",
                                                                               "customer",
                                                                               "user",
                                                                               "session",
                                                                               "end_user"};

constexpr std::string_view name_of(Dimension dimension) {
    return kDimensionNames[static_cast<size_t>(dimension)];
}

constexpr std::optional<Dimension> parse_dimension(std::string_view name) {
    for (size_t i = 0; i < kDimensionCount; ++i) {
        if (kDimensionNames[i] == name) {
            return static_cast<Dimension>(i);
        }
    }
    return std::nullopt;
}

}  // namespace spantoll
