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
            {"user", {kUser}}};
}

}  // namespace

AccountKinds::AccountKinds() : kinds_(built_in_kinds()) {}

AccountKinds::AccountKinds(std::vector<AccountKind> configured) : kinds_(built_in_kinds()) {
    std::sort(configured.begin(), configured.end(), [](const auto& a, const auto& b) {
        return a.name < b.name;
    });
    for (AccountKind& kind : configured) {
        kinds_.push_back(std::move(kind));
    }
    CHECK(kinds_.size() <= kKindsMax, "the configuration bounds the account kinds");
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
