#pragma once

#include <vector>

#include "schemas/account.h"
#include "schemas/settings.h"
#include "tools/configuration/configuration_table.h"

namespace spantoll::tools {

// The larger parts of the configuration file, each in a file of its own. What is wrong goes to
// `fault`; the result is then of no use.

// The whole file.
Settings read_settings(const TomlNode& root, ConfigurationFault& fault);

KafkaSettings read_kafka_settings(const TomlNode& table, ConfigurationFault& fault);

AccountSettings read_account_settings(const TomlNode& table, ConfigurationFault& fault);

// What an output may lag: 0 for one that must have everything.
inline constexpr ValueRange kMayLag{0, kMayLagMax};

// The tables of [[price]].
std::vector<Price> read_prices(const std::vector<const TomlNode*>& tables,
                               ConfigurationFault& fault);

// The tables of [[limit]], in their order.
std::vector<Limit> read_limits(const std::vector<const TomlNode*>& tables,
                               const AccountKinds& kinds,
                               ConfigurationFault& fault);

// In the place of a kind, every account but the strangers'.
inline constexpr std::string_view kAllKinds = "all";
// Strangers' accounts are bounded by it; each costs some hundred bytes of memory.
inline constexpr int64_t kMaxPerKindMax = 100'000'000;
// What a walk upward may reach: every span charges all of it.
inline constexpr size_t kAncestorsMax = 64;
inline constexpr size_t kParentEntriesMax = 1'000'000;
// Bounds of the names that a person gives to limits and kinds: they are parts of keys.
inline constexpr size_t kGivenNameBytesMax = 128;

// [A-Za-z0-9._-]+ within kGivenNameBytesMax.
bool is_given_name(std::string_view name);

}  // namespace spantoll::tools
