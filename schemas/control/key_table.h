#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "schemas/account.h"
#include "schemas/settings.h"

namespace spantoll {

// What may be said of a key at a time.
enum class KeyState : uint8_t {
    kUnknown,   // there is no such key; its spans are charged to the account of that name
    kInactive,  // by its entry, or removed
    kExpired,
    kActive,
};

// The virtual keys that hold: those of the configuration, and those of commands in their place. It
// says which key a value of a span means, who is above an account, and which keys cannot stand
// beside each other:
//
//  1. An id belongs to one key, and is no name of a key.
//  2. Accounts that the configuration names, and parents, name keys by their names, never by ids.
//  3. Parents, of [accounts.parents] and of keys together, lead into no circle and not too far up.
//  4. A hash of a secret belongs to one key.
//
//     KeyTable keys(settings, state.keys);
//     keys.name_of("vk1");   // "search-prod" where that is one of its ids, else "vk1"
//
// A plain value; copies are independent. Names and ids are written as in accounts.
class KeyTable {
  public:
    KeyTable() : KeyTable(Settings{}, {}) {}
    // The keys of the settings, and those that commands said in their place. What conflicts() would
    // say of them does not matter here.
    KeyTable(const Settings& settings, std::span<const VirtualKey> of_commands);

    // Where a key comes from.
    enum class Origin : uint8_t { kConfiguration, kCommand };
    // Why a key cannot be taken in the place of the one of its name: one sentence each.
    std::vector<std::string> conflicts(const VirtualKey& key) const;
    void put(VirtualKey key, Origin origin);

    bool is_empty() const { return entries_.empty(); }
    // Null where there is none.
    const VirtualKey* find_by_name(std::string_view name) const;
    // The key that a value of virtual_key means, by its name or an id.
    const VirtualKey* find_by_id(std::string_view value) const;
    // The key with this SHA-256 of its secret, in lower-case hex. How long that takes says nothing
    // of hashes that are nearly equal.
    const VirtualKey* find_by_secret_hash(std::string_view sha256) const;
    // The value that is charged where a span carries `value`: the name of the key that it means, or
    // itself.
    std::string_view name_of(std::string_view value) const;
    // The key of which an id stands in an account, where spans are charged to the key's instead;
    // null for any other account.
    const VirtualKey* find_by_id_in(std::string_view account) const;
    // `key` may be null.
    static KeyState state(const VirtualKey* key, int64_t now_ms);
    // The owner of the key that an account is of, also one of several dimensions; empty where there
    // is none.
    std::string_view owner_of(std::string_view account) const;

    // Account -> the accounts above it, those of the configuration first.
    const std::map<std::string, std::vector<std::string>>& parents() const { return parents_; }
    // Whether the account stands above another one.
    bool is_parent(std::string_view account) const { return children_.contains(account); }

    struct Entry {
        VirtualKey key;
        Origin origin = Origin::kConfiguration;
        std::vector<std::string> configured_parents;  // of its account, by [accounts.parents]
    };
    // By name.
    const std::map<std::string, Entry, std::less<>>& all() const { return entries_; }
    std::vector<VirtualKey> of_commands() const;

    // The account of a key.
    static std::string account_of(std::string_view name);

  private:
    template <typename Value>
    using ByText = std::map<std::string, Value, std::less<>>;
    using Counts = ByText<size_t>;
    void name_accounts_of(const Settings& settings);
    void note_named(std::string_view account, Counts& named) const;
    std::optional<std::string> key_value_of(std::string_view account) const;
    void remove_from_indexes(const Entry& entry);
    void set_parents(const std::string& account, std::vector<std::string> parents);
    std::vector<std::string> parents_with(const VirtualKey& key) const;
    void check_ids(const VirtualKey& key, std::vector<std::string>& reasons) const;
    void check_hashes(const VirtualKey& key, std::vector<std::string>& reasons) const;
    void check_parents(const VirtualKey& key, std::vector<std::string>& reasons) const;
    std::vector<std::string> above_with(const VirtualKey& key) const;
    void check_children(const std::string& account,
                        const std::vector<std::string>& above,
                        std::vector<std::string>& reasons) const;
    bool is_other_id(const VirtualKey& key, std::string_view value) const;
    size_t times_named(const VirtualKey& key, const std::string& value) const;

    AccountKinds kinds_;
    std::map<std::string, Entry, std::less<>> entries_;
    ByText<std::string> names_by_id_;
    ByText<std::vector<std::string>> names_by_hash_begin_;
    std::map<std::string, std::vector<std::string>> parents_;
    Counts children_;  // account -> how many name it as a parent
    Counts named_;     // value of virtual_key -> how often accounts of the configuration, and
                       // parents of keys, name it
};

}  // namespace spantoll
