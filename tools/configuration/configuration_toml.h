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
    std::string text;  // kText; for kFloat and kTime a rendering for messages
    int64_t integer = 0;
    bool boolean = false;
    std::vector<TomlNode> items;      // kArray; [[name]] is an array of tables
    std::vector<TomlMember> members;  // kTable, sorted by key
};

struct TomlMember {
    std::string key;
    TomlNode value;
};

// The parents of every virtual key can make a long list; a file larger than this is a mistake.
inline constexpr size_t kConfigurationBytesMax = 64u << 20;

// Reads a file as a tree. kConfig, "FILE:LINE: ...": the file cannot be read, or is not TOML, for
// example because a key stands twice.
Result<TomlNode> read_toml(const std::string& path);
// The same for a text; `name` stands for FILE.
Result<TomlNode> parse_toml(std::string_view text, const std::string& name);

// The text in quotes with the escapes of TOML, so that reading it gives the same text.
std::string toml_quoted(std::string_view text);

}  // namespace spantoll::tools
