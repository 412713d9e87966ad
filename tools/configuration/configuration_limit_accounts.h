#pragma once

#include <string_view>
#include <vector>

#include "schemas/account.h"
#include "schemas/limit.h"
#include "tools/configuration/configuration_table.h"

namespace spantoll::tools {

// What a [[limit]] says of its accounts beyond their kind. `limit` has its selection and meter.
// What is wrong goes to `fault`; the result is then of no use.

std::vector<ValuePattern> read_where(TableReader& table,
                                     const Limit& limit,
                                     const AccountKinds& kinds,
                                     ConfigurationFault& fault);

std::vector<AmountOverride> read_overrides(TableReader& table,
                                           const Limit& limit,
                                           const AccountKinds& kinds,
                                           ConfigurationFault& fault);

// The amount of a meter under a key that is there.
Int128 read_amount_of(TableReader& table, std::string_view key, const Meter& meter);

}  // namespace spantoll::tools
