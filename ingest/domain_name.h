#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace spantoll::ingest {

// The host of a URL, an authority or a bare name, in normal form: scheme, userinfo, port, path,
// query and fragment are removed; the host is percent-decoded once; one trailing dot is removed;
// letters become lower case; a name that is not ASCII goes through UTS 46 (non-transitional).
//
// Returns nothing where the result is not a host name (RFC 1123: labels of 1..63 letters, digits
// and inner hyphens; 253 bytes in all), where the last label is all digits but the whole is not an
// IPv4 address, or where it is "global".
//
//   normalise_domain("https://user@Mastodon.Social.:443/path?x#y") == "mastodon.social"
//   normalise_domain("https://stra%C3%9Fe.de/") == "xn--strae-oqa.de"
//   normalise_domain("straße.de") == "xn--strae-oqa.de"
std::optional<std::string> normalise_domain(std::string_view domain);

}  // namespace spantoll::ingest
