#include "tools/control/command_outcome.h"

#include <algorithm>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "schemas/text/decision_json.h"
#include "schemas/text/json_writer.h"
#include "store/codec/grant_row.h"
#include "tools/engine/grants.h"

namespace spantoll::tools {
namespace {

// Decisions that an answer shows for each limit; it counts all of them.
constexpr size_t kExamplesMax = 5;

// Names of limits, or numbers, that a line of the log shows of each sort.
constexpr size_t kNamedMax = 20;

struct LimitNames {
    std::vector<std::string> added;
    std::vector<std::string> removed;
    std::vector<std::string> changed;
};

LimitNames names_that_differ(const ConfigChange& change) {
    LimitNames names;
    for (const Limit& limit : change.is->limits) {
        const Limit* const before = find_limit(change.was->limits, limit.name);
        if (before == nullptr) {
            names.added.push_back(limit.name);
        } else if (*before != limit) {
            names.changed.push_back(limit.name);
        }
    }
    for (const Limit& limit : change.was->limits) {
        if (find_limit(change.is->limits, limit.name) == nullptr) {
            names.removed.push_back(limit.name);
        }
    }
    return names;
}

std::string array_of(const std::vector<std::string>& names) {
    JsonArray array;
    for (const std::string& name : names) {
        array.add_text(name);
    }
    return array.str();
}

// "; limits added: a, b"
template <typename Shown>
void add_part(std::string& text, std::string_view what, const std::vector<Shown>& all) {
    if (all.empty()) {
        return;
    }
    const size_t shown = std::min(all.size(), kNamedMax);
    text +=
        fmt::format("{}{}: {}",
                    text.empty() ? "" : "; ",
                    what,
                    fmt::join(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(shown), ", "));
    if (shown < all.size()) {
        text += fmt::format(" and {} more", all.size() - shown);
    }
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

ConfigChange config_change(const Settings& was,
                           const Settings& is,
                           const std::vector<Grant>& grants) {
    ConfigChange change{&was, &is, {}};
    for (const Grant& grant : grants) {
        if (ends_with_its_limit(grant, was.limits, is.limits)) {
            change.grants_ended.push_back(grant.number);
        }
    }
    return change;
}

std::string config_change_json(uint64_t before, const ConfigChange& change) {
    const LimitNames names = names_that_differ(change);
    JsonArray ended;
    for (const uint64_t number : change.grants_ended) {
        ended.add(Int128{number});
    }
    return JsonObject()
        .add("config_before", before)
        .add_json("limits_added", array_of(names.added))
        .add_json("limits_removed", array_of(names.removed))
        .add_json("limits_changed", array_of(names.changed))
        .add_json("grants_ended", ended.str())
        .add_flag("prices_changed", change.was->prices != change.is->prices)
        .add_flag("keys_changed", change.was->keys != change.is->keys)
        .add_flag("accounts_changed", !(change.was->accounts == change.is->accounts))
        .str();
}

std::string config_change_text(const ConfigChange& change) {
    const LimitNames names = names_that_differ(change);
    std::string text;
    add_part(text, "limits added", names.added);
    add_part(text, "limits removed", names.removed);
    add_part(text, "limits changed", names.changed);
    add_part(text, "grants ended with their limits", change.grants_ended);
    return text.empty() ? "no limit differs" : text;
}

std::string grant_json(const Grant& grant) {
    JsonObject json;
    // What a dry run foresees has no number yet.
    json.add("grant",
             grant.number == 0 ? std::nullopt : std::optional(static_cast<int64_t>(grant.number)))
        .add_text("limit", grant.limit)
        .add_text("account", grant.account);
    return store::add_grant_terms(json, grant).str();
}

}  // namespace spantoll::tools
