#include "tools/configuration/configuration_table.h"

#include <algorithm>

#include <fmt/format.h>

#include "schemas/check.h"
#include "schemas/text/suggestion.h"
#include "schemas/window_spec.h"

namespace spantoll::tools {
namespace {

constexpr size_t kShownBytesMax = 80;
constexpr size_t kPicoDecimals = 12;
// Stands for any amount that parse_usd() refuses as too large; it exceeds all of our bounds.
constexpr Int128 kPicoBeyond = 100 * kPicoPerUsd * kPicoPerUsd;

std::string range_text(ValueRange range) {
    return fmt::format("write {} to {}", range.min, range.max);
}

// Reads a decimal with the digits of JSON, but without a sign or exponent, and with nothing to
// round.
std::optional<Money> parse_plain_usd(std::string_view text) {
    if (text.find_first_not_of("0123456789.") != std::string_view::npos) {
        return std::nullopt;
    }
    const size_t point = text.find('.');
    if (point != std::string_view::npos && text.size() - point - 1 > kPicoDecimals) {
        return std::nullopt;
    }
    const DecimalMoney parsed = parse_usd(text);
    if (parsed.outcome == DecimalOutcome::kTooLarge) {
        return Money::from_pico(kPicoBeyond);
    }
    return parsed.outcome == DecimalOutcome::kOk ? std::optional<Money>(parsed.money)
                                                 : std::nullopt;
}

}  // namespace

void ConfigurationFault::say(size_t line, std::string_view what) {
    std::string message = line == 0 ? fmt::format("{}: {}", file_, what)
                                    : fmt::format("{}:{}: {}", file_, line, what);
    std::replace(message.begin(), message.end(), '\n', ' ');
    const bool is_new = std::find(messages_.begin(), messages_.end(), message) == messages_.end();
    if (is_new && messages_.size() < kFaultsMax) {
        messages_.push_back(std::move(message));
    }
}

Error ConfigurationFault::error() const {
    CHECK(is_found(), "asked only where something is wrong");
    return {ErrorKind::kConfig, messages_.front()};
}

TableReader::TableReader(const TomlNode& table,
                         std::string where,
                         std::vector<std::string_view> keys,
                         ConfigurationFault& fault)
    : table_(table), where_(std::move(where)), fault_(fault) {
    for (const TomlMember& member : table.members) {
        if (std::find(keys.begin(), keys.end(), member.key) == keys.end()) {
            // A place within a table ends with a colon of its own.
            const std::string_view place =
                std::string_view(where_).substr(0, where_.size() - (where_.ends_with(':') ? 1 : 0));
            fault_.say(member.value.line,
                       fmt::format("unknown key \"{}\"{}{}: {}",
                                   member.key,
                                   place.empty() ? "" : " in ",
                                   place,
                                   suggestion(member.key, keys)));
        }
    }
}

const TomlNode* TableReader::find(std::string_view key) const {
    for (const TomlMember& member : table_.members) {
        if (member.key == key) {
            return &member.value;
        }
    }
    return nullptr;
}

const TomlNode* TableReader::require(std::string_view key, std::string_view example) {
    const TomlNode* node = find(key);
    if (node == nullptr) {
        fault_.say(table_.line,
                   fmt::format("{} has no \"{}\": write for example {}", where_, key, example));
    }
    return node;
}

void TableReader::complain(std::string_view key, std::string_view what) {
    const TomlNode* node = find(key);
    const std::string_view space = where_.empty() ? "" : " ";
    if (node == nullptr) {
        fault_.say(table_.line, fmt::format("{}{}{}: {}", where_, space, key, what));
    } else {
        fault_.say(node->line,
                   fmt::format("{}{}{} = {}: {}", where_, space, key, shown(*node), what));
    }
}

void TableReader::complain_of_secret(std::string_view key, std::string_view what) {
    const TomlNode* node = find(key);
    fault_.say(node == nullptr ? table_.line : node->line,
               fmt::format("{}{}{}: {}", where_, where_.empty() ? "" : " ", key, what));
}

const TomlNode* TableReader::find_typed(std::string_view key,
                                        TomlNode::Type type,
                                        std::string_view example) {
    const TomlNode* node = find(key);
    if (node != nullptr && node->type != type) {
        complain(key, fmt::format("write {}", example));
        return nullptr;
    }
    return node;
}

void TableReader::read_text(std::string_view key, std::string& out) {
    const TomlNode* node = find_typed(key, TomlNode::Type::kText, "a text in quotes");
    if (node != nullptr && node->text.empty()) {
        complain(key, "is empty: write a text, or leave the key out");
    } else if (node != nullptr && node->text.find('\0') != std::string::npos) {
        complain(key, "holds a zero byte, at which names of files and topics end: leave it out");
    } else if (node != nullptr) {
        out = node->text;
    }
}

void TableReader::read_texts(std::string_view key, std::vector<std::string>& out) {
    const std::string_view example = "an array of texts, each once, such as [\"one\", \"two\"]";
    const TomlNode* node = find_typed(key, TomlNode::Type::kArray, example);
    if (node == nullptr) {
        return;
    }
    out.clear();
    for (const TomlNode& item : node->items) {
        const bool is_new = std::find(out.begin(), out.end(), item.text) == out.end();
        if (item.type != TomlNode::Type::kText || item.text.empty() || !is_new ||
            item.text.find('\0') != std::string::npos) {
            complain(key, fmt::format("has {}: write {}", shown(item), example));
            return;
        }
        out.push_back(item.text);
    }
}

void TableReader::read_bool(std::string_view key, bool& out) {
    if (const TomlNode* node = find_typed(key, TomlNode::Type::kBoolean, "true or false")) {
        out = node->boolean;
    }
}

void TableReader::read_duration(std::string_view key, int64_t& out_ms, ValueRange range_ms) {
    const std::string_view example = "a duration such as \"10s\", \"5m\", \"24h\", \"35d\"";
    const TomlNode* node = find_typed(key, TomlNode::Type::kText, example);
    if (node == nullptr) {
        return;
    }
    const std::optional<int64_t> ms = parse_duration_ms(node->text);
    if (!ms) {
        complain(key, fmt::format("write {}", example));
    } else if (*ms < range_ms.min || *ms > range_ms.max) {
        complain(key,
                 fmt::format("is out of range: write \"{}\" to \"{}\"",
                             duration_text(range_ms.min),
                             duration_text(range_ms.max)));
    } else {
        out_ms = *ms;
    }
}

std::optional<int64_t> TableReader::integer(std::string_view key, ValueRange range) {
    const TomlNode* node = find_typed(key, TomlNode::Type::kInteger, "an integer without quotes");
    if (node == nullptr) {
        return std::nullopt;
    }
    if (node->integer < range.min || node->integer > range.max) {
        complain(key, fmt::format("is out of range: {}", range_text(range)));
        return std::nullopt;
    }
    return node->integer;
}

std::optional<size_t> TableReader::read_choice(std::string_view key,
                                               const std::vector<std::string_view>& choices) {
    const std::string list = fmt::format("one of \"{}\"", fmt::join(choices, "\", \""));
    const TomlNode* node = find_typed(key, TomlNode::Type::kText, list);
    if (node == nullptr) {
        return std::nullopt;
    }
    const auto found = std::find(choices.begin(), choices.end(), node->text);
    if (found == choices.end()) {
        complain(key, fmt::format("write {}", list));
        return std::nullopt;
    }
    return static_cast<size_t>(found - choices.begin());
}

std::optional<Money> TableReader::read_usd(std::string_view key, Money max) {
    const TomlNode* node = find(key);
    if (node == nullptr) {
        return std::nullopt;
    }
    if (node->type == TomlNode::Type::kInteger && node->integer >= 0) {
        complain(key, fmt::format("USD are a text: write {} = \"{}\"", key, node->integer));
        return std::nullopt;
    }
    const std::optional<Money> money =
        node->type == TomlNode::Type::kText ? parse_plain_usd(node->text) : std::nullopt;
    if (!money) {
        complain(key,
                 "write USD as a decimal text with up to 12 decimals and neither sign nor "
                 "exponent, such as \"25\" or \"0.000000000084\"");
    } else if (*money > max) {
        complain(key, fmt::format("is out of range: write \"0\" to \"{}\"", to_usd_text(max)));
        return std::nullopt;
    }
    return money;
}

const TomlNode* TableReader::table(std::string_view key) {
    const TomlNode* node = find(key);
    if (node != nullptr && node->type != TomlNode::Type::kTable) {
        complain(key, "is a table: write its keys below a line that begins with [ and ends with ]");
        return nullptr;
    }
    return node;
}

std::vector<const TomlNode*> TableReader::tables(std::string_view key) {
    std::vector<const TomlNode*> tables;
    const TomlNode* node = find(key);
    if (node == nullptr) {
        return tables;
    }
    for (const TomlNode& item : node->items) {
        tables.push_back(&item);
    }
    const bool are_tables =
        node->type == TomlNode::Type::kArray &&
        std::all_of(node->items.begin(), node->items.end(), [](const TomlNode& item) {
            return item.type == TomlNode::Type::kTable;
        });
    if (!are_tables) {
        complain(key, fmt::format("may stand many times: begin each with [[{}]]", key));
        tables.clear();
    }
    return tables;
}

namespace {

// As it would stand in one line, where that is short.
std::string shown_table(const TomlNode& node) {
    std::string out;
    for (const TomlMember& member : node.members) {
        out += fmt::format("{}{} = {}", out.empty() ? "{ " : ", ", member.key, shown(member.value));
        if (out.size() > kShownBytesMax) {
            return "a table";
        }
    }
    return out.empty() ? "{}" : out + " }";
}

}  // namespace

std::string shown(const TomlNode& node) {
    switch (node.type) {
        case TomlNode::Type::kText:
            return node.text.size() > kShownBytesMax ? "a long text" : toml_quoted(node.text);
        case TomlNode::Type::kInteger:
            return fmt::format("{}", node.integer);
        case TomlNode::Type::kBoolean:
            return node.boolean ? "true" : "false";
        case TomlNode::Type::kArray:
            return "an array";
        case TomlNode::Type::kTable:
            return shown_table(node);
        case TomlNode::Type::kFloat:
        case TomlNode::Type::kTime:
            break;
    }
    return node.text;
}

}  // namespace spantoll::tools
