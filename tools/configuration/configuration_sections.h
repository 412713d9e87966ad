#pragma once

#include <vector>

#include "schemas/account.h"
#include "schemas/settings.h"
#include "tools/configuration/configuration_table.h"

namespace spantoll::tools {

// The larger parts of the configuration file, each read in a file of its own. Errors go to `fault`;
// the result must not be used then.

// The whole file.
Settings read_settings(const TomlNode& root,
                       ConfigurationFault& fault,
                       const TimeSettings& unsaid = {});

KafkaSettings read_kafka_settings(const TomlNode& table, ConfigurationFault& fault);

// All but the tables of [[http.token]], which name accounts.
HttpSettings read_http_settings(const TomlNode& table, ConfigurationFault& fault);
std::vector<HttpToken> read_http_tokens(const TomlNode& http,
                                        const AccountKinds& kinds,
                                        ConfigurationFault& fault);

AccountSettings read_account_settings(const TomlNode& table, ConfigurationFault& fault);

// How far an output may lag; 0 for one that must get everything.
inline constexpr ValueRange kMayLag{0, kMayLagMax};

// The tables of [[price]].
std::vector<Price> read_prices(const std::vector<const TomlNode*>& tables,
                               ConfigurationFault& fault);

// What the tables of [[limit]] rest on.
struct LimitContext {
    const AccountKinds* kinds = nullptr;
    Zone zone;  // of calendar windows that name none
};
// The tables of [[limit]], in their order.
std::vector<Limit> read_limits(const std::vector<const TomlNode*>& tables,
                               const LimitContext& context,
                               ConfigurationFault& fault);

// The tables of [[key]], by name. `settings`: everything else of the file.
std::vector<VirtualKey> read_keys(const std::vector<const TomlNode*>& tables,
                                  const Settings& settings,
                                  ConfigurationFault& fault);

// The key `window` and those that say more of it.
WindowSpec read_window(TableReader& table, Zone default_zone);
// The key `zone`, where it is there.
void read_zone(TableReader& table, Zone& out);

// Instead of a kind: every account but those of strangers.
inline constexpr std::string_view kAllKinds = "all";
// The largest bound for the accounts of strangers; each costs some hundred bytes of memory.
inline constexpr int64_t kMaxPerKindMax = 100'000'000;
inline constexpr size_t kParentEntriesMax = 1'000'000;
// The bound for names of limits and kinds, which people choose and which are parts of keys.
inline constexpr size_t kGivenNameBytesMax = 128;

// True for [A-Za-z0-9._-]+ of at most kGivenNameBytesMax.
bool is_given_name(std::string_view name);

}  // namespace spantoll::tools
