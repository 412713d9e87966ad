#pragma once

#include <iterator>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "schemas/limit.h"
#include "schemas/settings.h"

namespace spantoll::tools {

// Lines of TOML, each setting below a comment that says what it means.
class Printer {
  public:
    void table(std::string_view header) { fmt::format_to(end(), "\n{}\n", header); }
    void say(std::string_view comment) { fmt::format_to(end(), "# {}\n", comment); }
    // For keys whose meaning stands above their like.
    void set(std::string_view key, std::string_view value) {
        fmt::format_to(end(), "{} = {}\n", key, value);
    }
    void set(std::string_view key, std::string_view value, std::string_view meaning) {
        say(meaning);
        set(key, value);
    }
    template <typename T>
    void set_number(std::string_view key, T value, std::string_view meaning) {
        set(key, fmt::format("{}", value), meaning);
    }
    std::string take() { return std::move(text_); }

  private:
    std::back_insert_iterator<std::string> end() { return std::back_inserter(text_); }
    std::string text_;
};

// One [[limit]].
void print_limit(Printer& out, const Limit& limit);

// One [[key]].
void print_key(Printer& out, const VirtualKey& key);

// Values as TOML writes them.
std::string toml_array(const std::vector<std::string>& texts);
std::string toml_duration(int64_t ms);
std::string toml_bool(bool value);

}  // namespace spantoll::tools
