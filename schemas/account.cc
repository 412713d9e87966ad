#include "schemas/account.h"

#include <algorithm>

#include "schemas/check.h"

namespace spantoll {
namespace {

std::vector<AccountKind> built_in_kinds() {
    using enum Dimension;
    return {{"global", {}},
            {"domain", {kDomain}},
            {"service", {kService}},
            {"commit", {kCommit}},
            {"provider", {kProvider}},
            {"model", {kModel}},
            {"virtual_key", {kVirtualKey}},
            {"team", {kTeam}},
            {"customer", {kCustomer}},
            {"user", {kUser}},
            {"session", {kSession}},
            {"end_user", {kEndUser}}};
}

bool has_fleeting_dimension(const AccountKind& kind) {
    return std::any_of(kind.dimensions.begin(), kind.dimensions.end(), [](Dimension dimension) {
        return dimension == Dimension::kSession || dimension == Dimension::kEndUser;
    });
}

}  // namespace

AccountKinds::AccountKinds() : AccountKinds(std::vector<AccountKind>()) {}

AccountKinds::AccountKinds(std::vector<AccountKind> configured,
                           const std::vector<std::string>& short_lived)
    : kinds_(built_in_kinds()) {
    std::sort(configured.begin(), configured.end(), [](const auto& a, const auto& b) {
        return a.name < b.name;
    });
    for (AccountKind& kind : configured) {
        kinds_.push_back(std::move(kind));
    }
    CHECK(kinds_.size() <= kKindsMax, "the configuration bounds the account kinds");
    for (const AccountKind& kind : kinds_) {
        const bool is_named =
            std::find(short_lived.begin(), short_lived.end(), kind.name) != short_lived.end();
        short_lived_.push_back(is_named || has_fleeting_dimension(kind));
    }
}

std::vector<std::string> AccountKinds::short_lived_names() const {
    std::vector<std::string> names;
    for (size_t i = 0; i < kinds_.size(); ++i) {
        if (short_lived_[i]) {
            names.push_back(kinds_[i].name);
        }
    }
    return names;
}

std::optional<KindIndex> AccountKinds::find(std::string_view name) const {
    for (size_t i = 0; i < kinds_.size(); ++i) {
        if (kinds_[i].name == name) {
            return static_cast<KindIndex>(i);
        }
    }
    return std::nullopt;
}

std::optional<KindIndex> AccountKinds::kind_of(std::string_view account) const {
    if (account == kGlobalAccount) {
        return kGlobalKind;
    }
    const size_t colon = account.find(':');
    if (colon == std::string_view::npos) {
        return account.empty() ? std::nullopt : std::optional<KindIndex>(kDomainKind);
    }
    const std::optional<KindIndex> kind = find(account.substr(0, colon));
    if (!kind || *kind == kGlobalKind) {
        return std::nullopt;
    }
    if (is_stranger(account)) {
        return kind;
    }
    const std::string_view values = account.substr(colon + 1);
    const auto commas = static_cast<size_t>(std::count(values.begin(), values.end(), ','));
    if (*kind == kDomainKind || values.empty() || commas + 1 != at(*kind).dimensions.size()) {
        return std::nullopt;
    }
    return kind;
}

std::string stranger_account(const AccountKind& kind, std::string_view value) {
    return kind.name + ":" + std::string(value);
}

bool is_stranger(std::string_view account) {
    const size_t colon = account.find(':');
    if (colon == std::string_view::npos) {
        return false;
    }
    const std::string_view value = account.substr(colon + 1);
    return value == kOtherValue || value == kInvalidValue;
}

}  // namespace spantoll
