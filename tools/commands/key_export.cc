#include "tools/commands/key_export.h"

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "ingest/naming.h"
#include "schemas/rfc3339.h"
#include "tools/configuration/token.h"
#include "tools/process/parsed_json.h"

namespace spantoll::tools {
namespace {

constexpr size_t kSha256Digits = 64;

// One object of an export: its members as they are written.
class Members {
  public:
    static std::optional<Members> of(std::string_view json) {
        const auto members = json_members(json);
        return members ? std::optional(Members(*members)) : std::nullopt;
    }
    // Empty where it is missing, null, or no text.
    std::string text(std::string_view name) const {
        const ParsedJson json("[" + raw(name) + "]");
        return std::string(json.text("/0").value_or(""));
    }
    // As it is written; "null" where it is missing.
    std::string raw(std::string_view name) const {
        const auto found = members_.find(name);
        return found == members_.end() ? "null" : found->second;
    }
    std::string text_in(std::string_view object, std::string_view name) const {
        const std::optional<Members> inner = of(raw(object));
        return inner ? inner->text(name) : std::string();
    }

  private:
    explicit Members(const std::vector<std::pair<std::string, std::string>>& members)
        : members_(members.begin(), members.end()) {}
    std::map<std::string, std::string, std::less<>> members_;
};

std::string first_of(std::initializer_list<std::string> texts) {
    const auto found = std::ranges::find_if(texts, [](const auto& text) { return !text.empty(); });
    return found == texts.end() ? std::string() : *found;
}

void add_parent(VirtualKey& key, std::string_view kind, const std::string& value) {
    if (!value.empty()) {
        key.parents.push_back(fmt::format("{}:{}", kind, ingest::escape_value(value)));
    }
}

void add_id(VirtualKey& key, const std::string& value) {
    const std::string id = ingest::escape_value(value);
    if (!id.empty() && id != key.name) {
        key.ids.push_back(id);
    }
}

Money money_of(const std::string& number) {
    const DecimalMoney money = parse_usd(number);
    return money.outcome == DecimalOutcome::kOk ? money.money : Money();
}

// A key's token is the SHA-256 of its secret, and what logs and callbacks call it by. What is no
// hash is a secret.
ExportedKey litellm_key(const Members& members) {
    ExportedKey exported;
    VirtualKey& key = exported.key;
    const std::string token = members.text("token");
    const bool is_hash = token.size() == kSha256Digits && parse_sha256(token).has_value();
    const std::string hash = is_hash || token.empty() ? token : to_text(sha256_of(token));
    key.name = ingest::escape_value(first_of({members.text("key_alias"), hash}));
    if (!hash.empty()) {
        key.sha256 = {hash};
    }
    add_id(key, hash);
    key.is_active = members.raw("blocked") != "true";
    key.expires_ms = parse_rfc3339(members.text("expires"));
    add_parent(key, "team", first_of({members.text("team_alias"), members.text("team_id")}));
    if (key.parents.empty()) {
        add_parent(
            key, "user", members.text("user_id"));  // whose budget a key of a team leaves out
    }
    add_parent(
        key, "customer", first_of({members.text("organization_id"), members.text("org_id")}));
    key.owner = first_of({members.text("user_email"), members.text("user_id")});
    exported.spent = money_of(members.raw("spend"));
    return exported;
}

// Of the budgets of a key the one that begins anew each month.
Money bifrost_spent(const Members& members) {
    std::vector<std::string> budgets =
        json_elements(members.raw("budgets")).value_or(std::vector<std::string>());
    budgets.push_back(members.raw("budget"));
    for (const std::string& budget : budgets) {
        const std::optional<Members> of = Members::of(budget);
        if (of && of->text("reset_duration") == "1M") {
            return money_of(of->raw("current_usage"));
        }
    }
    return {};
}

ExportedKey bifrost_key(const Members& members) {
    ExportedKey exported;
    VirtualKey& key = exported.key;
    key.name = ingest::escape_value(first_of({members.text("name"), members.text("id")}));
    add_id(key, members.text("id"));
    if (const std::string secret = members.text("value"); !secret.empty()) {
        key.sha256 = {to_text(sha256_of(secret))};
    }
    key.is_active = members.raw("is_active") != "false";
    add_parent(key, "team", first_of({members.text_in("team", "name"), members.text("team_id")}));
    add_parent(key,
               "customer",
               first_of({members.text_in("customer", "name"), members.text("customer_id")}));
    exported.spent = bifrost_spent(members);
    return exported;
}

// The keys of an answer, an array, or lines; each as it is written.
std::vector<std::string> elements_of(std::string_view text, std::string_view list) {
    if (std::optional<std::vector<std::string>> all = json_elements(text)) {
        return std::move(*all);
    }
    if (const std::optional<Members> answer = Members::of(text)) {
        if (const std::string written = answer->raw(list); written != "null") {
            return json_elements(written).value_or(std::vector<std::string>());
        }
    }
    std::vector<std::string> lines;
    while (!text.empty()) {
        const size_t end = std::min(text.find('\n'), text.size());
        const std::string_view line = text.substr(0, end);
        if (line.find_first_not_of(" \t\r") != std::string_view::npos) {
            lines.emplace_back(line);
        }
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return lines;
}

}  // namespace

Result<std::vector<ExportedKey>> read_key_export(std::string_view text, KeyExport from) {
    const bool is_litellm = from == KeyExport::kLiteLlm;
    const std::vector<std::string> elements =
        elements_of(text, is_litellm ? "keys" : "virtual_keys");
    std::vector<ExportedKey> keys;
    for (const std::string& element : elements) {
        const std::optional<Members> members = Members::of(element);
        if (members) {
            keys.push_back(is_litellm ? litellm_key(*members) : bifrost_key(*members));
        }
        if (!members || keys.back().key.name.empty()) {
            return failure(
                ErrorKind::kInput,
                fmt::format("key {} of the export is no object with {}: give what {} answers",
                            keys.size() + (members ? 0 : 1),
                            is_litellm ? "a token or an alias" : "a name or an id",
                            is_litellm ? "GET /key/list?return_full_object=true"
                                       : "GET /api/governance/virtual-keys"));
        }
    }
    if (keys.empty()) {
        return failure(ErrorKind::kInput, "there are no keys in it");
    }
    return keys;
}

}  // namespace spantoll::tools
