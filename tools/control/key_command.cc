#include "tools/control/key_command.h"

#include <algorithm>
#include <array>
#include <optional>

#include <fmt/format.h>

#include "schemas/rfc3339.h"
#include "schemas/text/ascii.h"
#include "schemas/text/json_writer.h"
#include "store/codec/key_row.h"
#include "tools/configuration/key_rules.h"
#include "tools/control/command_members.h"
#include "tools/control/grant_command.h"
#include "tools/process/parsed_json.h"

namespace spantoll::tools {
namespace {

constexpr std::array<std::string_view, 7> kMembers{
    "name", "ids", "sha256", "active", "expires", "parents", "owner"};

// The members of a body that are there, into a key. What is wrong goes to `reasons`.
class KeyReader {
  public:
    explicit KeyReader(std::string_view body) : json_(body), members_(json_members(body)) {
        if (!members_) {
            reasons_.emplace_back("the body must be one JSON object");
            return;
        }
        reasons_ = wrong_members(*members_, kMembers);
    }

    bool is_object() const { return members_.has_value(); }
    std::string name() {
        const std::optional<std::string_view> name = json_.text("/name");
        if (members_ && !name) {
            reasons_.emplace_back("\"name\" is missing: it is a text");
        }
        return std::string(name.value_or(""));
    }
    void read_into(VirtualKey& key) {
        read_texts("ids", key.ids);
        read_texts("sha256", key.sha256);
        std::ranges::transform(key.sha256, key.sha256.begin(), [](const std::string& hash) {
            return lower_case(hash);
        });
        if (has("active")) {
            if (const std::optional<bool> active = json_.flag("/active")) {
                key.is_active = *active;
            } else {
                reasons_.emplace_back("\"active\" must be true or false");
            }
        }
        read_expires(key);
        read_texts("parents", key.parents);
        if (has("owner")) {
            if (const std::optional<std::string_view> owner = json_.text("/owner")) {
                key.owner = *owner;
            } else {
                reasons_.emplace_back("\"owner\" must be a text");
            }
        }
    }
    std::vector<std::string> take_reasons() { return std::move(reasons_); }

  private:
    bool has(std::string_view name) const { return raw(name).has_value(); }
    std::optional<std::string> raw(std::string_view name) const {
        if (!members_) {
            return std::nullopt;
        }
        const auto found =
            std::ranges::find(*members_, name, [](const auto& member) { return member.first; });
        return found == members_->end() ? std::nullopt : std::optional(found->second);
    }
    void read_texts(std::string_view name, std::vector<std::string>& out) {
        if (!has(name)) {
            return;
        }
        const auto texts = json_.texts(fmt::format("/{}", name));
        if (!texts) {
            reasons_.push_back(fmt::format("\"{}\" must be an array of texts", name));
        } else {
            out = *texts;
        }
    }
    void read_expires(VirtualKey& key) {
        const std::optional<std::string> written = raw("expires");
        if (!written) {
            return;
        }
        const std::optional<std::string_view> text = json_.text("/expires");
        key.expires_ms = text ? parse_rfc3339(*text) : std::nullopt;
        if (!key.expires_ms && *written != "null") {
            reasons_.emplace_back(
                "\"expires\" must be a moment such as \"2027-01-01T00:00:00Z\", or null");
        }
    }

    ParsedJson json_;
    std::optional<std::vector<std::pair<std::string, std::string>>> members_;
    std::vector<std::string> reasons_;
};

std::string json_array(const std::vector<std::string>& texts) {
    JsonArray array;
    for (const std::string& text : texts) {
        array.add_text(text);
    }
    return array.str();
}

std::string terms_json(const VirtualKey& key) {
    JsonObject json;
    return store::add_key_terms(json, key).str();
}

std::string missing(std::string_view name) {
    return fmt::format("there is no key \"{}\"", name);
}

// Of a key that can be read: what is wrong with it, and with it beside others.
void check(KeyChange& change, const Settings& settings, const KeyTable& keys) {
    change.reasons = key_faults(change.key, AccountKinds(settings.accounts.kinds));
    if (!change.reasons.empty()) {
        change.result = kNotUnderstood;
        return;
    }
    change.reasons = keys.conflicts(change.key);
    if (keys.find_by_name(change.key.name) == nullptr && keys.all().size() >= kKeysMax) {
        change.reasons.push_back(
            fmt::format("there are {} keys, which are all there may be: "
                        "a key that is removed stays one",
                        kKeysMax));
    }
    change.result = change.reasons.empty() ? std::string_view() : kKeyConflict;
}

}  // namespace

std::string key_body(const VirtualKey& key) {
    JsonObject json;
    json.add_text("name", key.name).add_flag("active", key.is_active);
    if (key.expires_ms) {
        json.add_text("expires", rfc3339(*key.expires_ms));
    } else {
        json.add_json("expires", "null");
    }
    return json.add_json("parents", json_array(key.parents))
        .add_json("ids", json_array(key.ids))
        .add_json("sha256", json_array(key.sha256))
        .add_text("owner", key.owner)
        .str();
}

KeyChange read_key(std::string_view body,
                   LeftOut left_out,
                   const Settings& settings,
                   const KeyTable& keys) {
    KeyChange change;
    KeyReader reader(body);
    const std::string name = reader.name();
    if (left_out == LeftOut::kUnchanged && reader.is_object()) {
        const VirtualKey* const now = keys.find_by_name(name);
        if (now == nullptr || now->is_removed) {
            change.reasons.push_back(missing(name));
            change.result = kNoSuchKey;
            return change;
        }
        change.key = *now;
    }
    change.key.name = name;
    reader.read_into(change.key);
    change.reasons = reader.take_reasons();
    change.result = kNotUnderstood;
    if (change.reasons.empty()) {
        check(change, settings, keys);
    }
    change.body = key_body(change.key);
    return change;
}

KeyChange read_key_removal(std::string_view body, const KeyTable& keys) {
    KeyChange change;
    const std::string name = KeyReader(body).name();
    const VirtualKey* const now = keys.find_by_name(name);
    if (now == nullptr || now->is_removed) {
        change.reasons.push_back(missing(name));
        change.result = kNoSuchKey;
        return change;
    }
    change.key = *now;
    change.key.is_active = false;
    change.key.is_removed = true;
    change.body = JsonObject().add_text("name", name).str();
    return change;
}

std::string key_change_json(const VirtualKey* before, const VirtualKey& after) {
    return JsonObject()
        .add_text("key", after.name)
        .add_json("before", before == nullptr ? "null" : terms_json(*before))
        .add_json("after", terms_json(after))
        .str();
}

std::string key_json(const KeyTable::Entry& entry) {
    JsonObject json;
    json.add_text("name", entry.key.name);
    const bool is_of_command = entry.origin == KeyTable::Origin::kCommand;
    return store::add_key_terms(json, entry.key)
        .add_text("from", is_of_command ? "command" : "configuration")
        .str();
}

}  // namespace spantoll::tools
