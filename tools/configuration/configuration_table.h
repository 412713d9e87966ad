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

// What is wrong in a configuration. Reading continues after a fault with the values it has, so that
// a reader is a plain list of its keys. At the start only the first fault is reported, because the
// others may follow from it; a change of a running policy reports all of them.
class ConfigurationFault {
  public:
    explicit ConfigurationFault(std::string file) : file_(std::move(file)) {}

    void say(size_t line, std::string_view what);
    bool is_found() const { return !messages_.empty(); }
    // The first fault: "FILE:LINE: what is wrong, and what would be right". Requires is_found().
    Error error() const;
    // All such lines in the order in which they were found, without repetitions and at most
    // kFaultsMax.
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

// Reads one table strictly: every key must be known, have its type and lie within its bounds. An
// absent key leaves `out` unchanged, so defaults live in schemas/settings.h alone.
//
//   TableReader time(node, "[time]", {"lateness", "oldest"}, fault);
//   time.read_duration("lateness", settings.lateness_ms, {0, kDayMs});
//
// Borrows node and fault.
class TableReader {
  public:
    // `where` names the table in messages; empty for the top level of the file.
    TableReader(const TomlNode& table,
                std::string where,
                std::vector<std::string_view> keys,
                ConfigurationFault& fault);

    // Null where absent.
    const TomlNode* find(std::string_view key) const;
    // Null where the key is absent, which is then a fault. `example` is a line that would be right.
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
    // Reads one of `choices` and returns its index.
    std::optional<size_t> read_choice(std::string_view key,
                                      const std::vector<std::string_view>& choices);
    // Reads decimal USD as a text: up to 12 decimals, no exponent, no sign, at most `max`.
    std::optional<Money> read_usd(std::string_view key, Money max);

    // The [key] table, null where absent; and the tables of [[key]].
    const TomlNode* table(std::string_view key);
    std::vector<const TomlNode*> tables(std::string_view key);

    // Adds the fault "[time] lateness = 10: `what`" for the line of the key.
    void complain(std::string_view key, std::string_view what);
    // The same without the value, which nobody may read in a log.
    void complain_of_secret(std::string_view key, std::string_view what);
    void set_where(std::string where) { where_ = std::move(where); }
    const std::string& where() const { return where_; }
    size_t line() const { return table_.line; }

  private:
    std::optional<int64_t> integer(std::string_view key, ValueRange range);
    const TomlNode* find_typed(std::string_view key, TomlNode::Type type, std::string_view example);

    const TomlNode& table_;
    std::string where_;
    ConfigurationFault& fault_;
};

// A value as written in the file, for messages: "text", 10, true, an array, a table.
std::string shown(const TomlNode& node);

}  // namespace spantoll::tools
