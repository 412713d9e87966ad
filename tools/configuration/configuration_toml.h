#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "schemas/error.h"

namespace spantoll::tools {

struct TomlMember;

// A value of a TOML file and the line on which it begins. The parser's own types stay in
// configuration_toml.cc.
struct TomlNode {
    enum class Type { kText, kInteger, kFloat, kBoolean, kTime, kArray, kTable };

    Type type = Type::kTable;
    size_t line = 0;
    std::string text;  // kText; of kFloat and kTime a rendering, for messages
    int64_t integer = 0;
    bool boolean = false;
    std::vector<TomlNode> items;      // kArray; [[name]] is an array of tables
    std::vector<TomlMember> members;  // kTable, sorted by key
};

struct TomlMember {
    std::string key;
    TomlNode value;
};

// A list of every parent of every virtual key may be long; a file beyond this is a mistake.
inline constexpr size_t kConfigurationBytesMax = 64u << 20;

// The file as a tree. kConfig, "FILE:LINE: ...": what cannot be read or is no TOML; a key that
// stands twice is none.
Result<TomlNode> read_toml(const std::string& path);
// The same of a text that is there; `name` stands for FILE.
Result<TomlNode> parse_toml(std::string_view text, const std::string& name);

// "\"text\"" with TOML's escapes, so that reading gives the text again.
std::string toml_quoted(std::string_view text);

}  // namespace spantoll::tools
