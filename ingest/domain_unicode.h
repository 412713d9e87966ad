#pragma once

#include <string>
#include <string_view>

namespace spantoll::ingest {

// UTS 46 non-transitional ToASCII of a host name in UTF-8 (ICU), into `out`, whose memory is kept;
// false where it is not valid. What comes out may still not be a host name: it is for the caller to
// look at hyphens, lengths, and characters of ASCII that no host name has.
//
// Neither CheckBidi nor CheckJoiners is asked for, as browsers do not refuse names for them either;
// emoji and other symbols, as in i❤.ws, are what UTS 46 has them: valid.
bool host_to_ascii(std::string_view host, std::string& out);

}  // namespace spantoll::ingest
