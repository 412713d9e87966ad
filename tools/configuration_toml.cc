#include "tools/configuration_toml.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <sstream>
#include <toml++/toml.h>

#include <fmt/format.h>

#include "tools/configuration_depth.h"

namespace spantoll::tools {
namespace {

TomlNode converted(const toml::node& node);

// The line of a key that is no part of the value, such as that of [a] in "[a.b]", is the value's.
TomlNode converted_table(const toml::table& table) {
    TomlNode out;
    for (const auto& [key, value] : table) {
        out.members.push_back({std::string(key.str()), converted(value)});
    }
    return out;
}

TomlNode converted_array(const toml::array& array) {
    TomlNode out;
    out.type = TomlNode::Type::kArray;
    for (const toml::node& item : array) {
        out.items.push_back(converted(item));
    }
    return out;
}

template <typename T>
std::string rendered(const T& value) {
    std::ostringstream out;
    out << value;
    return out.str();
}

TomlNode converted(const toml::node& node) {
    TomlNode out;
    if (const toml::table* table = node.as_table()) {
        out = converted_table(*table);
    } else if (const toml::array* array = node.as_array()) {
        out = converted_array(*array);
    } else if (const auto* text = node.as_string()) {
        out.type = TomlNode::Type::kText;
        out.text = text->get();
    } else if (const auto* integer = node.as_integer()) {
        out.type = TomlNode::Type::kInteger;
        out.integer = integer->get();
    } else if (const auto* boolean = node.as_boolean()) {
        out.type = TomlNode::Type::kBoolean;
        out.boolean = boolean->get();
    } else if (const auto* number = node.as_floating_point()) {
        out.type = TomlNode::Type::kFloat;
        out.text = rendered(*number);
    } else {
        out.type = TomlNode::Type::kTime;
        out.text = node.is_date()   ? rendered(*node.as_date())
                   : node.is_time() ? rendered(*node.as_time())
                                    : rendered(*node.as_date_time());
    }
    out.line = node.source().begin.line;
    return out;
}

Result<std::string> read_file(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    std::string text;
    std::array<char, 64 << 10> chunk{};
    while (file && text.size() <= kConfigurationBytesMax) {
        file.read(chunk.data(), chunk.size());
        text.append(chunk.data(), static_cast<size_t>(file.gcount()));
    }
    if (!file.is_open() || file.bad()) {
        return failure(ErrorKind::kConfig,
                       fmt::format("{}: cannot be read ({}): name a configuration file that can",
                                   path,
                                   std::strerror(errno)));
    }
    if (text.size() > kConfigurationBytesMax) {
        return failure(ErrorKind::kConfig,
                       fmt::format("{}: is over {} MiB: is this a configuration file?",
                                   path,
                                   kConfigurationBytesMax >> 20));
    }
    return text;
}

}  // namespace

Result<TomlNode> read_toml(const std::string& path) {
    const Result<std::string> text = read_file(path);
    if (!text) {
        return tl::make_unexpected(text.error());
    }
    return parse_toml(*text, path);
}

Result<TomlNode> parse_toml(std::string_view text, const std::string& name) {
    if (const std::optional<size_t> line = line_beyond_depth(text)) {
        return failure(ErrorKind::kConfig,
                       fmt::format("{}:{}: a key of over {} parts, or over {} brackets in each "
                                   "other: no setting has so many",
                                   name,
                                   *line,
                                   kKeyPartsMax,
                                   kBracketsMax));
    }
    const toml::parse_result parsed = toml::parse(text);
    if (!parsed) {
        std::string what(parsed.error().description());
        std::replace(what.begin(), what.end(), '\n', ' ');
        return failure(
            ErrorKind::kConfig,
            fmt::format(
                "{}:{}: not valid TOML: {}", name, parsed.error().source().begin.line, what));
    }
    return converted(parsed.table());
}

std::string toml_quoted(std::string_view text) {
    std::string out = "\"";
    for (const char c : text) {
        const auto byte = static_cast<uint8_t>(c);
        if (c == '"' || c == '\\') {
            out.push_back('\\');
            out.push_back(c);
        } else if (byte < 0x20 || byte == 0x7F) {
            out += fmt::format("\\u{:04X}", byte);
        } else {
            out.push_back(c);
        }
    }
    out.push_back('"');
    return out;
}

}  // namespace spantoll::tools
