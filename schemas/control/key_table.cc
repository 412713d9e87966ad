#include "schemas/control/key_table.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "schemas/ancestors.h"

namespace spantoll {
namespace {

// So many digits of a hash find it; the rest is compared in constant time.
constexpr size_t kHashBeginDigits = 16;

bool contains(const std::vector<std::string>& texts, std::string_view text) {
    return std::ranges::find(texts, text) != texts.end();
}

// Looks at every byte, wherever the first difference is.
bool are_equal_hashes(std::string_view a, std::string_view b) {
    if (a.size() != b.size()) {
        return false;
    }
    unsigned difference = 0;
    for (size_t i = 0; i < a.size(); ++i) {
        difference |= static_cast<unsigned char>(a[i]) ^ static_cast<unsigned char>(b[i]);
    }
    return difference == 0;
}

using Counts = std::map<std::string, size_t, std::less<>>;

void add_one(Counts& counts, const std::string& name) {
    ++counts[name];
}

void take_one(Counts& counts, const std::string& name) {
    const auto found = counts.find(name);
    if (found != counts.end() && --found->second == 0) {
        counts.erase(found);
    }
}

}  // namespace

KeyTable::KeyTable(const Settings& settings, std::span<const VirtualKey> of_commands)
    : kinds_(settings.accounts.kinds), parents_(settings.accounts.parents) {
    for (const auto& [account, parents] : parents_) {
        for (const std::string& parent : parents) {
            add_one(children_, parent);
        }
    }
    name_accounts_of(settings);
    for (const VirtualKey& key : settings.keys) {
        put(key, Origin::kConfiguration);
    }
    for (const VirtualKey& key : of_commands) {
        put(key, Origin::kCommand);
    }
}

std::string KeyTable::account_of(std::string_view name) {
    return std::string(spantoll::name_of(Dimension::kVirtualKey)) + ":" + std::string(name);
}

void KeyTable::name_accounts_of(const Settings& settings) {
    for (const auto& [account, parents] : settings.accounts.parents) {
        note_named(account, named_);
        for (const std::string& parent : parents) {
            note_named(parent, named_);
        }
    }
    for (const HttpToken& token : settings.http.tokens) {
        for (const std::string& account : token.accounts) {
            note_named(account, named_);
        }
    }
    for (const Limit& limit : settings.limits) {
        note_named(limit.account, named_);
        for (const AmountOverride& other : limit.overrides) {
            note_named(other.account, named_);
        }
        for (const ValuePattern& pattern : limit.where) {
            if (pattern.dimension == Dimension::kVirtualKey && !pattern.is_prefix) {
                add_one(named_, pattern.text);
            }
        }
    }
}

void KeyTable::note_named(std::string_view account, Counts& named) const {
    if (const std::optional<std::string> value = key_value_of(account)) {
        add_one(named, *value);
    }
}

// The value of virtual_key in an account; empty where it has none.
std::optional<std::string> KeyTable::key_value_of(std::string_view account) const {
    const std::optional<KindIndex> kind = kinds_.kind_of(account);
    if (!kind) {
        return std::nullopt;
    }
    const std::vector<Dimension>& dimensions = kinds_.at(*kind).dimensions;
    const auto place = std::ranges::find(dimensions, Dimension::kVirtualKey);
    if (place == dimensions.end()) {
        return std::nullopt;
    }
    std::string_view values = account.substr(account.find(':') + 1);
    for (auto i = dimensions.begin(); i != place; ++i) {
        const size_t comma = values.find(',');
        if (comma == std::string_view::npos) {
            return std::nullopt;  // of strangers: "kind:~other" has one value
        }
        values.remove_prefix(comma + 1);
    }
    return std::string(values.substr(0, values.find(',')));
}

std::vector<std::string> KeyTable::conflicts(const VirtualKey& key) const {
    std::vector<std::string> reasons;
    if (const auto other = names_by_id_.find(key.name);
        other != names_by_id_.end() && other->second != key.name) {
        reasons.push_back(fmt::format("its name is an id of key \"{}\"", other->second));
    }
    check_ids(key, reasons);
    check_hashes(key, reasons);
    check_parents(key, reasons);
    return reasons;
}

void KeyTable::check_ids(const VirtualKey& key, std::vector<std::string>& reasons) const {
    for (size_t i = 0; i < key.ids.size(); ++i) {
        const std::string& id = key.ids[i];
        const auto begin = key.ids.begin();
        if (id == key.name) {
            reasons.push_back(fmt::format("id \"{}\" is its name: leave it out", id));
        } else if (std::find(begin, begin + static_cast<std::ptrdiff_t>(i), id) !=
                   begin + static_cast<std::ptrdiff_t>(i)) {
            reasons.push_back(fmt::format("id \"{}\" stands twice: name it once", id));
        } else if (entries_.contains(id)) {
            reasons.push_back(fmt::format("id \"{}\" is the name of another key", id));
        } else if (is_other_id(key, id)) {
            reasons.push_back(fmt::format(
                "id \"{}\" is one of key \"{}\" as well", id, names_by_id_.find(id)->second));
        } else if (times_named(key, id) > 0) {
            reasons.push_back(
                fmt::format("id \"{}\" is named by an account of the configuration, "
                            "or a parent: name the key \"{}\" there",
                            id,
                            key.name));
        }
    }
}

bool KeyTable::is_other_id(const VirtualKey& key, std::string_view value) const {
    const auto found = names_by_id_.find(value);
    return found != names_by_id_.end() && found->second != key.name;
}

// Without the parents of the entry that `key` replaces.
size_t KeyTable::times_named(const VirtualKey& key, const std::string& value) const {
    const auto found = named_.find(value);
    size_t times = found == named_.end() ? 0 : found->second;
    if (const VirtualKey* before = find_by_name(key.name)) {
        for (const std::string& parent : before->parents) {
            times -= key_value_of(parent) == value ? 1 : 0;
        }
    }
    return times;
}

void KeyTable::check_hashes(const VirtualKey& key, std::vector<std::string>& reasons) const {
    for (size_t i = 0; i < key.sha256.size(); ++i) {
        const std::string& hash = key.sha256[i];
        const VirtualKey* const other = find_by_secret_hash(hash);
        if (std::count(key.sha256.begin(), key.sha256.end(), hash) > 1) {
            reasons.push_back(fmt::format("sha256 \"{}\" stands twice: name it once", hash));
            return;
        }
        if (other != nullptr && other->name != key.name) {
            reasons.push_back(
                fmt::format("sha256 \"{}\" is one of key \"{}\" as well", hash, other->name));
        }
    }
}

void KeyTable::check_parents(const VirtualKey& key, std::vector<std::string>& reasons) const {
    for (const std::string& parent : key.parents) {
        const std::optional<std::string> value = key_value_of(parent);
        if (value && (is_other_id(key, *value) || contains(key.ids, *value))) {
            reasons.push_back(fmt::format(
                "parent \"{}\" is an id of key \"{}\": name that key",
                parent,
                contains(key.ids, *value) ? key.name : names_by_id_.find(*value)->second));
        }
    }
    const std::string account = account_of(key.name);
    const std::vector<std::string> above = above_with(key);
    if (contains(above, account)) {
        reasons.emplace_back("its parents lead in a circle back to it: take one of them out");
    } else if (above.size() > kAncestorsMax) {
        reasons.push_back(
            fmt::format("it has over {} accounts above it: take some out", kAncestorsMax));
    } else if (is_parent(account)) {
        check_children(account, above, reasons);
    }
}

// All accounts above the key's, or some more than are allowed.
std::vector<std::string> KeyTable::above_with(const VirtualKey& key) const {
    std::vector<std::string> above = parents_with(key);
    const std::string account = account_of(key.name);
    for (size_t i = 0; i < above.size() && above.size() <= kAncestorsMax; ++i) {
        const auto found = parents_.find(above[i]);
        if (found == parents_.end() || above[i] == account) {
            continue;
        }
        for (const std::string& parent : found->second) {
            if (!contains(above, parent)) {
                above.push_back(parent);
            }
        }
    }
    return above;
}

// Few keys stand above other accounts, so that looking through all of these is rare.
void KeyTable::check_children(const std::string& account,
                              const std::vector<std::string>& above,
                              std::vector<std::string>& reasons) const {
    for (const auto& [child, parents] : parents_) {
        std::vector<std::string> all = ancestors_of(parents_, child);
        if (!contains(all, account)) {
            continue;
        }
        for (const std::string& more : above) {
            if (!contains(all, more)) {
                all.push_back(more);
            }
        }
        if (all.size() > kAncestorsMax) {
            reasons.push_back(
                fmt::format("with it \"{}\" has over {} accounts above it: take some "
                            "out",
                            child,
                            kAncestorsMax));
            return;
        }
    }
}

// Of the key's account: the configuration's and its own.
std::vector<std::string> KeyTable::parents_with(const VirtualKey& key) const {
    std::vector<std::string> all;
    if (const auto entry = entries_.find(key.name); entry != entries_.end()) {
        all = entry->second.configured_parents;
    } else if (const auto found = parents_.find(account_of(key.name)); found != parents_.end()) {
        all = found->second;
    }
    for (const std::string& parent : key.parents) {
        if (!contains(all, parent)) {
            all.push_back(parent);
        }
    }
    return all;
}

void KeyTable::put(VirtualKey key, Origin origin) {
    const std::string account = account_of(key.name);
    std::vector<std::string> parents = parents_with(key);
    Entry entry;
    if (const auto before = entries_.find(key.name); before != entries_.end()) {
        remove_from_indexes(before->second);
        entry.configured_parents = std::move(before->second.configured_parents);
        entries_.erase(before);
    } else if (const auto found = parents_.find(account); found != parents_.end()) {
        entry.configured_parents = found->second;
    }
    set_parents(account, std::move(parents));
    for (const std::string& id : key.ids) {
        names_by_id_.insert_or_assign(id, key.name);
    }
    for (const std::string& hash : key.sha256) {
        names_by_hash_begin_[hash.substr(0, kHashBeginDigits)].push_back(key.name);
    }
    for (const std::string& parent : key.parents) {
        note_named(parent, named_);
    }
    std::string name = key.name;
    entry.key = std::move(key);
    entry.origin = origin;
    entries_.emplace(std::move(name), std::move(entry));
}

void KeyTable::remove_from_indexes(const Entry& entry) {
    for (const std::string& id : entry.key.ids) {
        // It may have moved to another key before this one was replaced.
        if (const auto found = names_by_id_.find(id);
            found != names_by_id_.end() && found->second == entry.key.name) {
            names_by_id_.erase(found);
        }
    }
    for (const std::string& hash : entry.key.sha256) {
        std::erase(names_by_hash_begin_[hash.substr(0, kHashBeginDigits)], entry.key.name);
    }
    for (const std::string& parent : entry.key.parents) {
        if (const std::optional<std::string> value = key_value_of(parent)) {
            take_one(named_, *value);
        }
    }
}

void KeyTable::set_parents(const std::string& account, std::vector<std::string> parents) {
    if (const auto found = parents_.find(account); found != parents_.end()) {
        for (const std::string& parent : found->second) {
            take_one(children_, parent);
        }
        parents_.erase(found);
    }
    for (const std::string& parent : parents) {
        add_one(children_, parent);
    }
    if (!parents.empty()) {
        parents_.emplace(account, std::move(parents));
    }
}

const VirtualKey* KeyTable::find_by_name(std::string_view name) const {
    const auto found = entries_.find(name);
    return found == entries_.end() ? nullptr : &found->second.key;
}

const VirtualKey* KeyTable::find_by_id(std::string_view value) const {
    return find_by_name(name_of(value));
}

const VirtualKey* KeyTable::find_by_id_in(std::string_view account) const {
    const std::optional<std::string> value = is_empty() ? std::nullopt : key_value_of(account);
    const auto found = value ? names_by_id_.find(*value) : names_by_id_.end();
    return found == names_by_id_.end() ? nullptr : find_by_name(found->second);
}

std::string_view KeyTable::name_of(std::string_view value) const {
    const auto found = names_by_id_.find(value);
    return found == names_by_id_.end() ? value : std::string_view(found->second);
}

const VirtualKey* KeyTable::find_by_secret_hash(std::string_view sha256) const {
    const auto found = names_by_hash_begin_.find(sha256.substr(0, kHashBeginDigits));
    const VirtualKey* match = nullptr;
    if (found == names_by_hash_begin_.end()) {
        return match;
    }
    for (const std::string& name : found->second) {
        const VirtualKey* const key = find_by_name(name);
        for (const std::string& hash : key->sha256) {
            match = are_equal_hashes(hash, sha256) ? key : match;
        }
    }
    return match;
}

KeyState KeyTable::state(const VirtualKey* key, int64_t now_ms) {
    if (key == nullptr) {
        return KeyState::kUnknown;
    }
    if (key->is_removed || !key->is_active) {
        return KeyState::kInactive;
    }
    return key->expires_ms && *key->expires_ms <= now_ms ? KeyState::kExpired : KeyState::kActive;
}

std::string_view KeyTable::owner_of(std::string_view account) const {
    const std::optional<std::string> value = is_empty() ? std::nullopt : key_value_of(account);
    const VirtualKey* const key = value ? find_by_name(*value) : nullptr;
    return key == nullptr ? std::string_view() : std::string_view(key->owner);
}

std::vector<VirtualKey> KeyTable::of_commands() const {
    std::vector<VirtualKey> keys;
    for (const auto& [name, entry] : entries_) {
        if (entry.origin == Origin::kCommand) {
            keys.push_back(entry.key);
        }
    }
    return keys;
}

}  // namespace spantoll
