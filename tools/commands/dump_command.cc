#include "tools/commands/dump_command.h"

#include <fmt/format.h>

#include "schemas/printable.h"
#include "store/show/dump.h"
#include "tools/process/standard_output.h"

namespace spantoll::tools {
namespace {

// Where the JSON value that begins at `at` ends: behind it, at a ',' or '}' of its own level.
size_t value_end(std::string_view json, size_t at) {
    int depth = 0;
    bool in_text = false;
    for (; at < json.size(); ++at) {
        const char c = json[at];
        if (in_text) {
            at += c == '\\' ? 1 : 0;
            in_text = c != '"';
        } else if (c == '"') {
            in_text = true;
        } else if (c == '{' || c == '[') {
            ++depth;
        } else if (c == '}' || c == ']') {
            if (depth == 0) {
                return at;
            }
            --depth;
        } else if (c == ',' && depth == 0) {
            return at;
        }
    }
    return at;
}

std::string_view without_quotes(std::string_view text) {
    const bool is_plain = text.size() >= 2 && text.front() == '"' &&
                          text.find_first_of(" \\", 0) == std::string_view::npos;
    return is_plain ? text.substr(1, text.size() - 2) : text;
}

}  // namespace

std::string record_text(std::string_view json) {
    if (json.size() < 2 || json.front() != '{') {
        return std::string(json);
    }
    std::string text;
    size_t at = 1;
    while (at < json.size() && json[at] == '"') {
        const size_t name_end = json.find('"', at + 1);
        const std::string_view name = json.substr(at + 1, name_end - at - 1);
        const size_t begin = name_end + 2;
        const size_t end = value_end(json, begin);
        text += fmt::format("{}{}={}",
                            text.empty() ? "" : " ",
                            name,
                            without_quotes(json.substr(begin, end - begin)));
        at = end + 1;
    }
    return text;
}

Result<void> dump_command(const DumpCommandOptions& options) {
    if (options.format == DumpFormat::kDigest) {
        const Result<std::string> digest = store::digest(options.data);
        if (!digest) {
            return tl::make_unexpected(digest.error());
        }
        write_output(*digest + "\n");
        return {};
    }
    store::DumpOptions dump;
    dump.directory = options.data;
    dump.prefix = options.prefix;
    dump.all = options.all;
    return store::dump(dump, [&](std::string_view key, std::string_view json) {
        write_output(options.format == DumpFormat::kJson
                         ? store::dump_line(key, json)
                         : printable(fmt::format("{}  {}", key, record_text(json))));
        write_output("\n");
    });
}

}  // namespace spantoll::tools
