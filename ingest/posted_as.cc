#include "ingest/posted_as.h"

#include <algorithm>
#include <bitset>
#include <optional>
#include <utility>

#include "schemas/ancestors.h"

namespace spantoll::ingest {
namespace {

using Set = std::vector<std::pair<Dimension, std::string_view>>;

// What is no good name, whatever the dimension.
constexpr std::string_view kNobody = "\x01";

std::optional<Set> parse_set(std::string_view text) {
    Set set;
    while (!text.empty()) {
        const std::string_view line = text.substr(0, text.find('\n'));
        text.remove_prefix(std::min(line.size() + 1, text.size()));
        const size_t equals = line.find('=');
        const std::optional<Dimension> dimension = parse_dimension(line.substr(0, equals));
        if (!dimension || equals == std::string_view::npos) {
            return std::nullopt;
        }
        set.emplace_back(*dimension, line.substr(equals + 1));
    }
    return set;
}

}  // namespace

std::string set_text(const std::vector<DimensionValue>& set) {
    std::string text;
    for (const auto& [dimension, value] : set) {
        text.append(text.empty() ? "" : "\n").append(name_of(dimension)).append("=").append(value);
    }
    return text;
}

// What the token stands for.
struct PostedAs::Own {
    std::bitset<kDimensionCount> set;   // dimensions
    std::bitset<kKindsMax> kinds;       // of the accounts
    std::vector<std::string> accounts;  // those of what is set, and all above
};

void PostedAs::apply(std::string_view set, DecodedRecord& record) const {
    if (set.empty() || record.refused) {
        return;
    }
    const std::optional<Set> values = parse_set(set);
    if (!values) {
        return record.refuse(Refusal::kNotDecodable,
                             "the record sets a dimension that this version does not know");
    }
    const Own own = own_accounts(*values);
    for (Span& span : record.spans) {
        for (const auto& [dimension, value] : *values) {
            span.dimensions[static_cast<size_t>(dimension)] = value;
        }
        leave_out_others(own, span);
    }
}

PostedAs::Own PostedAs::own_accounts(const Set& set) const {
    Own own;
    Span span;
    for (const auto& [dimension, value] : set) {
        own.set.set(static_cast<size_t>(dimension));
        span.dimensions[static_cast<size_t>(dimension)] = value;
    }
    for (size_t kind = kGlobalKind + 1; kind < kinds_.all().size(); ++kind) {
        if (std::string account = account_of_(kinds_.all()[kind], span, keys_); !account.empty()) {
            own.accounts.push_back(std::move(account));
        }
    }
    for (size_t i = 0, count = own.accounts.size(); i < count; ++i) {
        for (std::string& above : ancestors_of(keys_.parents(), std::string(own.accounts[i]))) {
            own.accounts.push_back(std::move(above));
        }
    }
    for (const std::string& account : own.accounts) {
        if (const std::optional<KindIndex> kind = kinds_.kind_of(account)) {
            own.kinds.set(*kind);
        }
    }
    return own;
}

bool PostedAs::is_of_another(const Own& own, const std::string& account) const {
    const std::optional<KindIndex> kind = kinds_.kind_of(account);
    return kind && own.kinds.test(*kind) &&
           std::ranges::find(own.accounts, account) == own.accounts.end();
}

void PostedAs::leave_out_others(const Own& own, Span& span) const {
    for (size_t kind = kGlobalKind + 1; kind < kinds_.all().size(); ++kind) {
        const AccountKind& of = kinds_.all()[kind];
        const std::string account = account_of_(of, span, keys_);
        if (account.empty() || is_stranger(account)) {
            continue;
        }
        const std::vector<std::string> above = ancestors_of(keys_.parents(), account);
        const bool is_theirs =
            is_of_another(own, account) || std::ranges::any_of(above, [&](const std::string& one) {
                return is_of_another(own, one);
            });
        for (const Dimension dimension : of.dimensions) {
            const auto at = static_cast<size_t>(dimension);
            if (is_theirs && !own.set.test(at)) {
                span.dimensions[at] = kNobody;
            }
        }
    }
}

}  // namespace spantoll::ingest
