#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace spantoll::ingest {

// Scheme, userinfo, port, path, query and fragment removed; the host percent-decoded, once; one
// trailing dot removed; lower case; UTS 46 non-transitional to ASCII. Empty where the result is no
// host name (RFC 1123: labels of 1..63 letters, digits, inner hyphens; 253 in all; ASCII names skip
// UTS 46), where the last label is all digits and it is no IPv4 address, or where it is "global".
//
//   normalise_domain("https://user@Mastodon.Social.:443/path?x#y") == "mastodon.social"
//   normalise_domain("https://stra%C3%9Fe.de/") == "xn--strae-oqa.de"
//   normalise_domain("straße.de") == "xn--strae-oqa.de"
std::optional<std::string> normalise_domain(std::string_view domain);

}  // namespace spantoll::ingest
