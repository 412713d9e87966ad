#pragma once

#include <string>
#include <string_view>

namespace spantoll::ingest {

// Writes the UTS 46 non-transitional ToASCII form of a host name in UTF-8 into `out` (with ICU);
// `out` keeps its memory. Returns false where the name is not valid. The result may still not be a
// host name: the caller must check hyphens, lengths, and ASCII characters that are not allowed in a
// host name.
//
// CheckBidi and CheckJoiners are off, because browsers do not refuse names for them either. Emoji
// and other symbols, as in i❤.ws, are valid, as UTS 46 has it.
bool host_to_ascii(std::string_view host, std::string& out);

}  // namespace spantoll::ingest
