#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "ingest/decoded_record.h"
#include "ingest/domain_name.h"  // normalise_domain
#include "schemas/account.h"
#include "schemas/error.h"
#include "schemas/limit.h"
#include "schemas/span.h"

namespace spantoll::ingest {

// A good name is not empty, has at most 256 bytes, is valid UTF-8, and has no control characters
// (bytes below 0x20, and DEL).
bool is_good_name(std::string_view value);

// Escapes '%', '#', '/', ',', bytes below 0x20 and a leading '~' as %XX with upper-case hex digits,
// so that no name can forge a key.
std::string escape_value(std::string_view value);

// The inverse of escape_value(). Empty where escape_value() would not have written the text.
std::optional<std::string> unescape_value(std::string_view text);

// Replaces identifiers in a path (a text with a '/') by '*': segments that are all digits, UUIDs,
// hexadecimal of at least 8 characters, or longer than 32 bytes. /api/v2/users/17 becomes
// /api/v2/users/*.
std::string normalise_operation(std::string_view operation);
// Writes the result into `out`, which is cleared first and keeps its memory.
void normalise_operation(std::string_view operation, std::string& out);

// The value of a dimension in normal form and escaped, or kInvalidValue. `raw` must not be empty:
// an absent dimension has no value.
std::string account_value(Dimension dimension, std::string_view raw);

// The account of this kind that a span charges, as written in keys. Empty where the span lacks one
// of the dimensions of the kind. `kind:~invalid` where any value is not a good name.
std::string account_of(const AccountKind& kind, const Span& span);
// The same where `virtual_key` is charged instead of what the span carries; a value as
// account_value() gives it.
std::string account_of(const AccountKind& kind, const Span& span, std::string_view virtual_key);

// Checks an account that a person wrote (in limits, parents, check, or HTTP): its kind must be
// known and every value in normal form. The error text says what would be right ("write
// mastodon.social").
Result<KindIndex> check_account(const AccountKinds& kinds, std::string_view account);

// The same of a value that `where` of a limit names, or of the first part of one: no account has a
// value that is not in normal form.
Result<void> check_value_pattern(const ValuePattern& pattern);

}  // namespace spantoll::ingest
