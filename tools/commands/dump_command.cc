#include "tools/commands/dump_command.h"

#include <fmt/format.h>

#include "schemas/text/printable.h"
#include "store/show/dump.h"
#include "tools/process/parsed_json.h"
#include "tools/process/standard_output.h"

namespace spantoll::tools {
namespace {

std::string_view without_quotes(std::string_view text) {
    const bool is_plain = text.size() >= 2 && text.front() == '"' &&
                          text.find_first_of(" \\", 0) == std::string_view::npos;
    return is_plain ? text.substr(1, text.size() - 2) : text;
}

}  // namespace

std::string record_text(std::string_view json) {
    const auto members = json_members(json);
    if (!members) {
        return std::string(json);
    }
    std::string text;
    for (const auto& [name, value] : *members) {
        text += fmt::format("{}{}={}", text.empty() ? "" : " ", name, without_quotes(value));
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
