#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "schemas/money.h"
#include "tools/configuration/configuration_toml.h"

namespace spantoll::tools {

// What was found wrong in a configuration. Reading goes on after it with what it has, so that a
// reader is a plain list of its keys. A start tells the first alone, because what comes later may
// follow from it; a change of a running policy tells all of them.
class ConfigurationFault {
  public:
    explicit ConfigurationFault(std::string file) : file_(std::move(file)) {}

    void say(size_t line, std::string_view what);
    bool is_found() const { return !messages_.empty(); }
    // "FILE:LINE: what is wrong, and what would be right". Only where is_found().
    Error error() const;
    // Such lines, in the order in which they were found, none twice and at most kFaultsMax.
    const std::vector<std::string>& messages() const { return messages_; }

  private:
    std::string file_;
    std::vector<std::string> messages_;
};

inline constexpr size_t kFaultsMax = 100;

struct ValueRange {
    int64_t min = 0;
    int64_t max = 0;
};

// Strict reading of one table: every key must be known, of its type and within its bounds. An
// absent key leaves `out` as it is, so defaults live in schemas/settings.h alone.
//
//   TableReader time(node, "[time]", {"lateness", "oldest"}, fault);
//   time.read_duration("lateness", settings.lateness_ms, {0, kDayMs});
//
// Borrows node and fault.
class TableReader {
  public:
    // `where` names the table in messages; empty for the top of the file.
    TableReader(const TomlNode& table,
                std::string where,
                std::vector<std::string_view> keys,
                ConfigurationFault& fault);

    // Null where absent.
    const TomlNode* find(std::string_view key) const;
    // Null, and said to be missing, where absent. `example` is a line that would be right.
    const TomlNode* require(std::string_view key, std::string_view example);

    void read_text(std::string_view key, std::string& out);  // never empty
    void read_texts(std::string_view key, std::vector<std::string>& out);
    void read_bool(std::string_view key, bool& out);
    void read_duration(std::string_view key, int64_t& out_ms, ValueRange range_ms);
    template <typename T>
    void read_integer(std::string_view key, T& out, ValueRange range) {
        if (const std::optional<int64_t> value = integer(key, range)) {
            out = static_cast<T>(*value);
        }
    }
    // One of `choices`; its place among them.
    std::optional<size_t> read_choice(std::string_view key,
                                      const std::vector<std::string_view>& choices);
    // Decimal USD as a text: up to 12 decimals, no exponent, no sign, at most `max`.
    std::optional<Money> read_usd(std::string_view key, Money max);

    // A [key] table, null where absent; and the tables of [[key]].
    const TomlNode* table(std::string_view key);
    std::vector<const TomlNode*> tables(std::string_view key);

    // "[time] lateness = 10: `what`", on the key's line.
    void complain(std::string_view key, std::string_view what);
    void set_where(std::string where) { where_ = std::move(where); }
    size_t line() const { return table_.line; }

  private:
    std::optional<int64_t> integer(std::string_view key, ValueRange range);
    const TomlNode* find_typed(std::string_view key, TomlNode::Type type, std::string_view example);

    const TomlNode& table_;
    std::string where_;
    ConfigurationFault& fault_;
};

// A value as it stands in the file, for messages: "text", 10, true, an array, a table.
std::string shown(const TomlNode& node);

}  // namespace spantoll::tools
