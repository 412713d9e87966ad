#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "schemas/error.h"
#include "tools/http/message.h"

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

// Reads "after=5&account=a%3Ab". '+' is a plus, as in the rest of a URL, and a space is %20: an
// account such as user:a+b@example.org must not become another one on its way. kUsage: a malformed
// escape, or more than kQueryParametersMax.
Result<QueryParameters> parse_query(std::string_view query);

// A name or a value of a query for a message; the rest of a long one does not matter.
std::string shown_parameter(std::string_view text);

// How often a parameter may stand in a query.
enum class Occurs { kOnce, kAnyTimes };

struct KnownParameter {
    std::string_view name;
    Occurs occurs = Occurs::kOnce;
    std::string_view value;  // what to write, for the message: "1..10000"
};

// kUsage, with a sentence that names the known parameters, where one is not among them, or stands
// twice though only one is meant: which of the two counts is not to be guessed.
Result<void> check_parameters(const QueryParameters& parameters,
                              std::span<const KnownParameter> known);

// The parameters of a request's query, checked so.
Result<QueryParameters> read_parameters(const HttpRequest& request,
                                        std::span<const KnownParameter> known);

}  // namespace spantoll::tools
