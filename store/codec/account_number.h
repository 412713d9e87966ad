#pragma once

#include <string>

#include "schemas/account_id.h"
#include "store/codec/row_kind.h"

namespace spantoll::store {

// ACCOUNT#<account>: a short-lived account is in memory, and its number. Other accounts have a row
// ROLLING#<account>/24h that says so.
struct AccountNumber {
    std::string account;
    AccountId id;
    bool operator==(const AccountNumber&) const = default;
};

template <>
struct RowKind<AccountNumber> {
    static constexpr Family kFamily = Family::kRolling;
    static constexpr std::string_view kPrefix = "ACCOUNT#";
    static constexpr Visibility kVisibility = Visibility::kInternal;
    static std::string key(const AccountNumber& row);
    static std::string_view encode(RecordEncoder& encoder, const AccountNumber& row);
    static std::optional<AccountNumber> decode(std::string_view key, std::string_view value);
    static std::string json(const AccountNumber& row);
};

}  // namespace spantoll::store
