#include "tools/control/command_outcome.h"

#include <algorithm>
#include <functional>
#include <vector>

#include "schemas/text/decision_json.h"
#include "schemas/text/json_writer.h"
#include "store/codec/grant_row.h"

namespace spantoll::tools {
namespace {

// Decisions that an answer shows for each limit; it counts all of them.
constexpr size_t kExamplesMax = 5;

void add_names(JsonObject& json,
               std::string_view member,
               const std::vector<Limit>& limits,
               const std::function<bool(const Limit&)>& is_named) {
    JsonArray names;
    for (const Limit& limit : limits) {
        if (is_named(limit)) {
            names.add_text(limit.name);
        }
    }
    json.add_json(member, names.str());
}

}  // namespace

std::string follows_json(std::span<const Decision> decisions) {
    std::vector<std::string> limits;
    for (const Decision& decision : decisions) {
        if (std::ranges::find(limits, decision.limit) == limits.end()) {
            limits.push_back(decision.limit);
        }
    }
    JsonArray by_limit;
    for (const std::string& limit : limits) {
        size_t count = 0;
        JsonArray examples;
        for (const Decision& decision : decisions) {
            if (decision.limit == limit && ++count <= kExamplesMax) {
                examples.add_json(decision_json(decision));
            }
        }
        by_limit.add_json(JsonObject()
                              .add_text("limit", limit)
                              .add("decisions", count)
                              .add_json("examples", examples.str())
                              .str());
    }
    return JsonObject()
        .add("decisions", decisions.size())
        .add_json("by_limit", by_limit.str())
        .str();
}

std::string config_change_json(uint64_t before, const Settings& was, const Settings& is) {
    JsonObject json;
    json.add("config_before", before);
    add_names(json, "limits_added", is.limits, [&](const Limit& limit) {
        return find_limit(was.limits, limit.name) == nullptr;
    });
    add_names(json, "limits_removed", was.limits, [&](const Limit& limit) {
        return find_limit(is.limits, limit.name) == nullptr;
    });
    add_names(json, "limits_changed", is.limits, [&](const Limit& limit) {
        const Limit* before_it = find_limit(was.limits, limit.name);
        return before_it != nullptr && *before_it != limit;
    });
    return json.add_flag("prices_changed", was.prices != is.prices)
        .add_flag("keys_changed", was.keys != is.keys)
        .add_flag("accounts_changed", !(was.accounts == is.accounts))
        .str();
}

std::string grant_json(const Grant& grant) {
    JsonObject json;
    json.add("grant", grant.number)
        .add_text("limit", grant.limit)
        .add_text("account", grant.account);
    return store::add_grant_terms(json, grant).str();
}

}  // namespace spantoll::tools
