#pragma once

#include <optional>
#include <string>

#include "schemas/control/grant.h"
#include "schemas/text/json_writer.h"
#include "store/codec/row_kind.h"

namespace spantoll::store {

// GRANT#<account>/<limit>/<number>. There while the grant acts.
template <>
struct RowKind<Grant> {
    static constexpr Family kFamily = Family::kMeta;
    static constexpr std::string_view kPrefix = "GRANT#";
    static constexpr Visibility kVisibility = Visibility::kDigest;
    static std::string key(const Grant& row);
    static std::string_view encode(RecordEncoder& encoder, const Grant& row);
    static std::optional<Grant> decode(std::string_view key, std::string_view value);
    static std::string json(const Grant& row);
};

// What a grant gives, and from when to when, as all that tell of it do. Returns `json`.
JsonObject& add_grant_terms(JsonObject& json, const Grant& grant);

}  // namespace spantoll::store
