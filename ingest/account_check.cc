#include <algorithm>
#include <charconv>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "ingest/naming.h"

// Implements check_account() of ingest/naming.h: compares what a person wrote with what a key would
// hold.

namespace spantoll::ingest {
namespace {

constexpr std::string_view kAccountForms =
    "an account is written global, mastodon.social (a domain), or kind:value such as team:search";

tl::unexpected<Error> refuse(std::string_view account, std::string_view why) {
    return failure(ErrorKind::kUsage, fmt::format("account \"{}\": {}", account, why));
}

tl::unexpected<Error> suggest(std::string_view account, std::string_view right) {
    return refuse(account, fmt::format("write \"{}\"", right));
}

// Decodes %XX in either case and leaves everything else: what the writer may have meant.
std::string decoded(std::string_view text) {
    std::string value;
    for (size_t i = 0; i < text.size(); ++i) {
        uint8_t byte = 0;
        const char* const digits = text.data() + i + 1;
        if (text[i] == '%' && text.size() - i >= 3 &&
            std::from_chars(digits, digits + 2, byte, 16).ptr == digits + 2) {
            value.push_back(static_cast<char>(byte));
            i += 2;
        } else {
            value.push_back(text[i]);
        }
    }
    return value;
}

std::vector<std::string_view> split_at_commas(std::string_view text) {
    std::vector<std::string_view> parts;
    for (size_t begin = 0; begin <= text.size();) {
        const size_t end = std::min(text.find(',', begin), text.size());
        parts.push_back(text.substr(begin, end - begin));
        begin = end + 1;
    }
    return parts;
}

// The account of `values` in normal form; empty where one of them is not a good name.
std::string normal_account(const AccountKind& kind, const std::vector<std::string_view>& values) {
    std::vector<std::string> normal;
    for (size_t i = 0; i < values.size(); ++i) {
        normal.push_back(account_value(kind.dimensions[i], decoded(values[i])));
        if (normal.back() == kInvalidValue) {
            return {};
        }
    }
    return kind.name == name_of(Dimension::kDomain)
               ? normal.front()
               : fmt::format("{}:{}", kind.name, fmt::join(normal, ","));
}

std::string names_of_kinds(const AccountKinds& kinds) {
    std::vector<std::string_view> names;
    names.reserve(kinds.all().size());
    for (const AccountKind& kind : kinds.all()) {
        names.push_back(kind.name);
    }
    return fmt::format("{}", fmt::join(names, ", "));
}

// Explains why an account, as written, is not of any kind.
tl::unexpected<Error> explain(const AccountKinds& kinds, std::string_view account) {
    const size_t colon = account.find(':');
    if (colon == std::string_view::npos) {
        return refuse(account, fmt::format("is empty; {}", kAccountForms));
    }
    const std::optional<KindIndex> index = kinds.find(account.substr(0, colon));
    const std::string_view rest = account.substr(colon + 1);
    if (!index) {
        if (const std::optional<std::string> domain = normalise_domain(account)) {
            return suggest(account, *domain);
        }
        return refuse(account,
                      fmt::format("unknown kind; the kinds are {}", names_of_kinds(kinds)));
    }
    const AccountKind& kind = kinds.at(*index);
    if (*index == kGlobalKind) {
        return suggest(account, kGlobalAccount);
    }
    if (kind.dimensions.size() == 1 && !rest.empty()) {
        // A domain that has its kind in front, or a comma that is part of the value.
        const std::string right = normal_account(kind, {rest});
        return right.empty() ? refuse(account, "its value is not a good name")
                             : suggest(account, right);
    }
    std::vector<std::string_view> names;
    names.reserve(kind.dimensions.size());
    for (const Dimension dimension : kind.dimensions) {
        names.push_back(name_of(dimension));
    }
    return refuse(account, fmt::format("write {}:{}", kind.name, fmt::join(names, ",")));
}

}  // namespace

Result<void> check_value_pattern(const ValuePattern& pattern) {
    const std::string& text = pattern.text;
    std::string right = account_value(pattern.dimension, decoded(text));
    if (pattern.is_prefix) {
        // What follows decides of an operation whether it is in normal form, of a domain little.
        right = escape_value(decoded(text));
        if (pattern.dimension == Dimension::kDomain) {
            std::transform(right.begin(), right.end(), right.begin(), [](char c) {
                return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
            });
        }
    }
    if (right == text) {
        return {};
    }
    if (right == kInvalidValue) {
        return failure(ErrorKind::kUsage,
                       "is not a good value (UTF-8, up to 256 bytes, no controls; a domain is a "
                       "host name)");
    }
    const ValuePattern normal{pattern.dimension, right, pattern.is_prefix};
    return failure(ErrorKind::kUsage, fmt::format("write \"{}\"", to_text(normal)));
}

Result<KindIndex> check_account(const AccountKinds& kinds, std::string_view account) {
    const std::optional<KindIndex> index = kinds.kind_of(account);
    if (!index) {
        return explain(kinds, account);
    }
    if (*index == kGlobalKind || is_stranger(account)) {
        return *index;
    }
    const std::string_view values =
        *index == kDomainKind ? account : account.substr(account.find(':') + 1);
    const std::string right = normal_account(
        kinds.at(*index),
        *index == kDomainKind ? std::vector<std::string_view>{values} : split_at_commas(values));
    if (right == account) {
        return *index;
    }
    if (!right.empty()) {
        return suggest(account, right);
    }
    return *index == kDomainKind
               ? refuse(account, fmt::format("is not a host name; {}", kAccountForms))
               : refuse(account,
                        "a value is not a good name (UTF-8, up to 256 bytes, no controls)");
}

}  // namespace spantoll::ingest
