#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace spantoll::ingest {

// UTS 46 non-transitional ToASCII of a host name in UTF-8; empty where it is not valid. What comes
// out may still be no host name.
//
// libidn2 maps by UTS 46 and then refuses what IDNA 2008 disallows, the symbols and emoji of names
// such as i❤.ws, which UTS 46 keeps. They are therefore carried past it: a letter stands in for
// each, and the labels that come back are decoded, given their symbols again, and encoded.
std::optional<std::string> host_to_ascii(std::string_view host);

}  // namespace spantoll::ingest
