#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "ingest/decoded_record.h"
#include "ingest/domain_name.h"  // normalise_domain
#include "schemas/account.h"
#include "schemas/error.h"
#include "schemas/span.h"

namespace spantoll::ingest {

// Not over 256 bytes, valid UTF-8, no control bytes (below 0x20, and DEL), not empty.
bool is_good_name(std::string_view value);

// '%', '#', '/', ',', bytes below 0x20 and a leading '~' as %XX (upper-case hex, once), so that no
// name can forge a key.
std::string escape_value(std::string_view value);

// The inverse; empty where the text is not what escape_value writes.
std::optional<std::string> unescape_value(std::string_view text);

// In a path (it holds a '/') segments that are all digits, UUIDs, hexadecimal of 8 and more
// characters, or longer than 32 bytes become '*': /api/v2/users/17 -> /api/v2/users/*.
std::string normalise_operation(std::string_view operation);
// The same into `out`, which is cleared first and keeps its memory.
void normalise_operation(std::string_view operation, std::string& out);

// The value of a dimension in its normal form, escaped, or kInvalidValue. An absent dimension must
// not be asked for.
std::string account_value(Dimension dimension, std::string_view raw);

// The account that a span charges in this kind, as written in keys; empty text where the span does
// not carry all of its dimensions. If any value is not a good name: `kind:~invalid`.
std::string account_of(const AccountKind& kind, const Span& span);

// Checks an account that a person wrote (limits, parents, check, HTTP): a known kind and every
// value in normal form. Error text says what would be right ("write mastodon.social").
Result<KindIndex> check_account(const AccountKinds& kinds, std::string_view account);

}  // namespace spantoll::ingest
