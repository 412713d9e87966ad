#include <algorithm>

#include <fmt/format.h>

#include "schemas/rfc3339.h"
#include "tools/configuration/configuration_printer.h"
#include "tools/configuration/configuration_sections.h"
#include "tools/configuration/configuration_toml.h"
#include "tools/configuration/key_rules.h"

namespace spantoll::tools {
namespace {

VirtualKey read_key(const TomlNode& node, ConfigurationFault& fault) {
    VirtualKey key;
    TableReader table(
        node, "[[key]]", {"name", "ids", "sha256", "active", "expires", "parents", "owner"}, fault);
    if (table.require("name", "name = \"search-prod\"") != nullptr) {
        table.read_text("name", key.name);
        table.set_where(fmt::format("[[key]] {}:", key.name));
    }
    table.read_texts("ids", key.ids);
    table.read_texts("sha256", key.sha256);
    table.read_bool("active", key.is_active);
    table.read_texts("parents", key.parents);
    table.read_text("owner", key.owner);
    std::string expires;
    table.read_text("expires", expires);
    if (!expires.empty()) {
        key.expires_ms = parse_rfc3339(expires);
        if (!key.expires_ms) {
            table.complain("expires", "write a moment such as \"2027-01-01T00:00:00Z\"");
        }
    }
    return key;
}

}  // namespace

std::vector<VirtualKey> read_keys(const std::vector<const TomlNode*>& tables,
                                  const Settings& settings,
                                  ConfigurationFault& fault) {
    std::vector<VirtualKey> keys;
    if (tables.size() > kKeysMax) {
        fault.say(tables[kKeysMax]->line,
                  fmt::format("too many [[key]]: write at most {}", kKeysMax));
        return keys;
    }
    const AccountKinds kinds(settings.accounts.kinds);
    KeyTable beside(settings, {});
    for (const TomlNode* table : tables) {
        const size_t faults = fault.messages().size();
        const VirtualKey key = read_key(*table, fault);
        if (fault.messages().size() > faults) {
            continue;  // what it lacks would only be told again
        }
        std::vector<std::string> reasons = key_faults(key, kinds);
        if (beside.find_by_name(key.name) != nullptr) {
            reasons.emplace_back("another key has this name: choose another");
        } else if (reasons.empty()) {
            reasons = beside.conflicts(key);
        }
        for (const std::string& reason : reasons) {
            fault.say(table->line, fmt::format("[[key]] {}: {}", key.name, reason));
        }
        if (reasons.empty()) {
            beside.put(key, KeyTable::Origin::kConfiguration);
            keys.push_back(key);
        }
    }
    std::ranges::sort(keys, {}, &VirtualKey::name);
    return keys;
}

void print_key(Printer& out, const VirtualKey& key) {
    out.table("[[key]]");
    out.set("name", toml_quoted(key.name));
    out.set("ids", toml_array(key.ids));
    out.set("sha256", toml_array(key.sha256));
    out.set("active", toml_bool(key.is_active));
    if (key.expires_ms) {
        out.set("expires", toml_quoted(rfc3339(*key.expires_ms)));
    }
    out.set("parents", toml_array(key.parents));
    if (!key.owner.empty()) {
        out.set("owner", toml_quoted(key.owner));
    }
}

}  // namespace spantoll::tools
