#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "schemas/error.h"

namespace spantoll::tools {

// Names and values of a query string, decoded, in their order; a name may stand several times.
using QueryParameters = std::vector<std::pair<std::string, std::string>>;

// %XX decoded once; '+' stays. Empty where a '%' is not followed by two hex digits.
//   percent_decode("virtual_key%3Avk1") == "virtual_key:vk1"
// An account's own text holds %XX escapes, so a client encodes their '%' once more: the account
// `service:a%2Fb` is asked for as `service%3Aa%252Fb`.
std::optional<std::string> percent_decode(std::string_view text);

// The inverse: all but A-Z a-z 0-9 - . _ ~ become %XX.
std::string percent_encode(std::string_view text);

// Reads "after=5&account=a%3Ab"; '+' is a space, as forms write it. kUsage: a malformed escape, or
// more than kQueryParametersMax.
Result<QueryParameters> parse_query(std::string_view query);

}  // namespace spantoll::tools
