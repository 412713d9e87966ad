#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "schemas/error.h"

namespace spantoll::tools {

// Help that fits a terminal of 80 columns.
class HelpFormatter final : public CLI::Formatter {
  public:
    HelpFormatter() { column_width(kLeftColumns); }

    std::string make_option(const CLI::Option* option, bool is_positional) const override;
    std::string make_description(const CLI::App* app) const override;
    std::string make_subcommand(const CLI::App* command) const override;

  private:
    static constexpr size_t kLeftColumns = 26;
};

// Says in one line why a command line cannot be parsed, and suggests the command or option that was
// probably meant.
std::string parse_complaint(const CLI::App& app,
                            const std::vector<std::string>& arguments,
                            const CLI::ParseError& error);

// kUsage where `option` was given together with one of `others`, which would have no effect then.
// `why` is a clause that explains it.
Result<void> check_alone(const CLI::App& command,
                         const std::string& option,
                         const std::vector<std::string>& others,
                         std::string_view why);

// For options with a number: the text must be a whole number without a sign, at least `least`.
CLI::Validator whole_number(uint64_t least);
// The text must be a number above 0.
CLI::Validator positive_number();

}  // namespace spantoll::tools
