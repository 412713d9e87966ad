#include "tools/commands/command_help.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <string_view>

#include <fmt/format.h>

#include "schemas/text/suggestion.h"

namespace spantoll::tools {
namespace {

constexpr size_t kColumns = 80;

// Appends the words of `text` to a line that is `used` columns long; further lines are indented.
void append_wrapped(std::string& out, size_t used, std::string_view text, size_t indent) {
    bool is_first = true;
    while (!text.empty()) {
        const size_t end = std::min(text.find(' '), text.size());
        const std::string_view word = text.substr(0, end);
        if (!is_first && used + 1 + word.size() > kColumns) {
            out += '\n' + std::string(indent, ' ');
            used = indent;
        } else if (!is_first) {
            out += ' ';
            ++used;
        }
        out += word;
        used += word.size();
        is_first = false;
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    out += '\n';
}

// A name on the left, its meaning on the right.
std::string entry(std::string name, std::string_view meaning, size_t left_columns) {
    name.insert(0, "  ");
    if (name.size() + 1 > left_columns) {
        name += '\n' + std::string(left_columns, ' ');
    } else {
        name.resize(left_columns, ' ');
    }
    append_wrapped(name, left_columns, meaning, left_columns);
    return name;
}

std::vector<std::string_view> option_names(const CLI::App& command,
                                           std::vector<std::string>& storage) {
    for (const CLI::Option* option : command.get_options()) {
        for (const std::string& name : option->get_lnames()) {
            storage.push_back("--" + name);
        }
    }
    return {storage.begin(), storage.end()};
}

}  // namespace

std::string HelpFormatter::make_option(const CLI::Option* option, bool is_positional) const {
    return entry(make_option_name(option, is_positional) + make_option_opts(option),
                 option->get_description(),
                 kLeftColumns);
}

std::string HelpFormatter::make_description(const CLI::App* app) const {
    std::string out;
    append_wrapped(out, 0, app->get_description(), 0);
    return out;
}

std::string HelpFormatter::make_subcommand(const CLI::App* command) const {
    return entry(command->get_name(), command->get_description(), kLeftColumns);
}

std::string parse_complaint(const CLI::App& app,
                            const std::vector<std::string>& arguments,
                            const CLI::ParseError& error) {
    const std::string help =
        app.get_subcommands().empty()
            ? "see spantoll --help"
            : fmt::format("see spantoll {} --help", app.get_subcommands()[0]->get_name());
    std::vector<std::string_view> commands;
    std::vector<std::string> names;
    for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; })) {
        names.push_back(command->get_name());
    }
    commands.assign(names.begin(), names.end());
    if (!arguments.empty() && !arguments[0].starts_with('-') &&
        std::ranges::find(commands, arguments[0]) == commands.end()) {
        return fmt::format(
            "there is no command '{}': {}", arguments[0], suggestion(arguments[0], commands));
    }
    if (app.get_subcommands().empty()) {
        return fmt::format("{}; {}", error.what(), help);
    }
    const CLI::App& command = *app.get_subcommands()[0];
    std::vector<std::string> storage;
    for (const std::string& word : command.remaining()) {
        if (word.starts_with("--")) {
            const std::string option = word.substr(0, word.find('='));
            return fmt::format("{} has no option {}: {}",
                               command.get_name(),
                               option,
                               suggestion(option, option_names(command, storage)));
        }
    }
    return fmt::format("{}; {}", error.what(), help);
}

Result<void> check_alone(const CLI::App& command,
                         const std::string& option,
                         const std::vector<std::string>& others,
                         std::string_view why) {
    const bool is_given = command.count(option) > 0;
    for (const std::string& other : others) {
        if (is_given && command.count(other) > 0) {
            return failure(
                ErrorKind::kUsage,
                fmt::format(
                    "{1} does nothing beside {0}, {2}: leave {1} or {0} out", option, other, why));
        }
    }
    return {};
}

CLI::Validator whole_number(uint64_t least) {
    return CLI::Validator(
        [least](const std::string& text) {
            uint64_t number = 0;
            const char* const end = text.data() + text.size();
            const auto parsed = std::from_chars(text.data(), end, number);
            return parsed.ec == std::errc() && parsed.ptr == end && number >= least
                       ? std::string()
                       : fmt::format(
                             "{} will not do: write a whole number from {} on", text, least);
        },
        "");
}

CLI::Validator positive_number() {
    return CLI::Validator(
        [](const std::string& text) {
            char* end = nullptr;
            const double number = std::strtod(text.c_str(), &end);
            const bool is_good = end == text.c_str() + text.size() && !text.empty() &&
                                 std::isfinite(number) && number > 0;
            return is_good ? std::string()
                           : fmt::format("{} will not do: write a number above 0", text);
        },
        "");
}

}  // namespace spantoll::tools
