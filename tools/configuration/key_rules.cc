#include "tools/configuration/key_rules.h"

#include <algorithm>

#include <fmt/format.h>

#include "ingest/naming.h"
#include "schemas/ancestors.h"
#include "schemas/text/utf8.h"

namespace spantoll::tools {
namespace {

constexpr size_t kSha256Digits = 64;

bool is_sha256(std::string_view text) {
    return text.size() == kSha256Digits &&
           text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

void check_value(std::string_view what,
                 const std::string& value,
                 const AccountKinds& kinds,
                 std::vector<std::string>& faults) {
    const std::string account = KeyTable::account_of(value);
    const Result<KindIndex> kind = ingest::check_account(kinds, account);
    if (value.empty()) {
        faults.push_back(fmt::format("{} is empty: write the value of virtual_key in spans", what));
    } else if (is_stranger(account)) {
        faults.push_back(fmt::format("{} \"{}\" is that of strangers", what, value));
    } else if (!kind) {
        faults.push_back(fmt::format("{} \"{}\": {}", what, value, kind.error().message));
    }
}

void check_count(std::string_view what,
                 size_t count,
                 size_t max,
                 std::vector<std::string>& faults) {
    if (count > max) {
        faults.push_back(fmt::format("{} {} are too many: name at most {}", count, what, max));
    }
}

void check_key_parents(const VirtualKey& key,
                       const AccountKinds& kinds,
                       std::vector<std::string>& faults) {
    check_count("parents", key.parents.size(), kAncestorsMax, faults);
    for (const std::string& parent : key.parents) {
        if (const Result<KindIndex> kind = ingest::check_account(kinds, parent); !kind) {
            faults.push_back(fmt::format("parents: {}", kind.error().message));
        } else if (std::ranges::count(key.parents, parent) > 1) {
            faults.push_back(fmt::format("parent \"{}\" stands twice: name it once", parent));
            return;
        }
    }
}

}  // namespace

std::vector<std::string> key_faults(const VirtualKey& key, const AccountKinds& kinds) {
    std::vector<std::string> faults;
    check_value("name", key.name, kinds, faults);
    check_count("ids", key.ids.size(), kKeyIdsMax, faults);
    for (const std::string& id : key.ids) {
        check_value("id", id, kinds, faults);
    }
    check_count("hashes", key.sha256.size(), kKeyIdsMax, faults);
    for (const std::string& hash : key.sha256) {
        if (!is_sha256(hash)) {
            faults.push_back(fmt::format(
                "sha256 \"{}\": write the SHA-256 of the secret, {} lower-case hexadecimal digits",
                hash,
                kSha256Digits));
        }
    }
    check_key_parents(key, kinds, faults);
    if (key.owner.size() > kKeyOwnerBytesMax || !is_utf8(key.owner)) {
        faults.push_back(
            fmt::format("owner must be a text of at most {} bytes", kKeyOwnerBytesMax));
    }
    return faults;
}

std::vector<std::string> key_conflicts(const Settings& settings,
                                       std::span<const VirtualKey> of_commands) {
    std::vector<std::string> reasons;
    const AccountKinds kinds(settings.accounts.kinds);
    Settings without = settings;
    without.keys.clear();
    KeyTable table(without, {});
    const auto add = [&](const VirtualKey& key, std::string_view whose, KeyTable::Origin origin) {
        std::vector<std::string> mine = key_faults(key, kinds);
        const std::vector<std::string> beside = table.conflicts(key);
        mine.insert(mine.end(), beside.begin(), beside.end());
        for (const std::string& reason : mine) {
            reasons.push_back(fmt::format("{} \"{}\": {}", whose, key.name, reason));
        }
        table.put(key, origin);
    };
    for (const VirtualKey& key : settings.keys) {
        // One that a command replaced does not hold, and so conflicts with none.
        const auto replaced =
            std::ranges::lower_bound(of_commands, key.name, {}, &VirtualKey::name);
        if (replaced == of_commands.end() || replaced->name != key.name) {
            add(key, "[[key]]", KeyTable::Origin::kConfiguration);
        }
    }
    for (const VirtualKey& key : of_commands) {
        add(key,
            "change the configuration, or the key that a command put:",
            KeyTable::Origin::kCommand);
    }
    return reasons;
}

}  // namespace spantoll::tools
