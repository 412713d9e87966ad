#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "schemas/control/key_table.h"
#include "schemas/settings.h"

namespace spantoll::tools {

// Results of commands on keys that could not be applied any more when their turn came.
inline constexpr std::string_view kNoSuchKey = "no_such_key";
inline constexpr std::string_view kKeyConflict = "key_conflict";

// What somebody asks for. With reasons, one sentence each, it cannot be taken; `result` is then the
// word for it.
struct KeyChange {
    VirtualKey key;
    std::string body;  // as it is kept: every member, in order
    std::vector<std::string> reasons;
    std::string_view result;
};

// Members that are left out: their defaults, or what the key has now.
enum class LeftOut : uint8_t { kDefault, kUnchanged };

// Reads {"name":"search-prod","ids":["vk1"],"sha256":["9f86..."],"active":true,
// "expires":"2027-01-01T00:00:00Z" or null,"parents":["team:search"],"owner":"search-oncall"}.
// kUnchanged: the key is there, and not removed.
KeyChange read_key(std::string_view body,
                   LeftOut left_out,
                   const Settings& settings,
                   const KeyTable& keys);

// Every member of a key, as read_key() reads them.
std::string key_body(const VirtualKey& key);

// Reads {"name":"search-prod"}: the key is there, and becomes one that is removed.
KeyChange read_key_removal(std::string_view body, const KeyTable& keys);

// What a key was and is, one JSON object; `before` may be null.
std::string key_change_json(const VirtualKey* before, const VirtualKey& after);

// A key for those who ask for all of them, one JSON object.
std::string key_json(const KeyTable::Entry& entry);

}  // namespace spantoll::tools
