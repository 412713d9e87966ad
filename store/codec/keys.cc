#include "store/codec/keys.h"

#include <charconv>

#include <fmt/format.h>

#include "schemas/check.h"
#include "schemas/number.h"
#include "schemas/window_spec.h"
#include "window/calendar.h"

namespace spantoll::store {
namespace {

constexpr std::string_view kPeriodInfix = "/PERIOD#";
constexpr size_t kPaneRowKeySize = 16;

void join(std::string& key,
          std::string_view prefix,
          std::string_view first,
          std::string_view infix,
          std::string_view second) {
    key.assign(prefix);
    key.append(first);
    key.append(infix);
    key.append(second);
}

bool needs_escape(char c) {
    return c == '%' || c == '#' || c == '/' || static_cast<unsigned char>(c) < 0x20;
}

// Topics come from brokers and file arguments: '%', '#', '/' and control bytes as %XX, as names of
// accounts are escaped.
std::string escape(std::string_view text) {
    std::string escaped;
    for (const char c : text) {
        if (needs_escape(c)) {
            escaped += fmt::format("%{:02X}", static_cast<unsigned char>(c));
        } else {
            escaped.push_back(c);
        }
    }
    return escaped;
}

std::optional<std::string> unescape(std::string_view text) {
    std::string plain;
    for (size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '%') {
            plain.push_back(text[i]);
            continue;
        }
        unsigned value = 0;
        const std::string_view digits = text.substr(i + 1, 2);
        const auto [end, error] =
            std::from_chars(digits.data(), digits.data() + digits.size(), value, 16);
        if (error != std::errc{} || digits.size() != 2 || end != digits.data() + 2) {
            return std::nullopt;
        }
        plain.push_back(static_cast<char>(value));
        i += 2;
    }
    return plain;
}

void put_big_endian(std::string& key, uint64_t value) {
    for (int shift = 56; shift >= 0; shift -= 8) {
        key.push_back(static_cast<char>((value >> shift) & 0xff));
    }
}

uint64_t big_endian(std::string_view bytes) {
    uint64_t value = 0;
    for (const char c : bytes) {
        value = value << 8 | static_cast<unsigned char>(c);
    }
    return value;
}

}  // namespace

void put_fedcost_key(std::string& key, std::string_view account, std::string_view label) {
    join(key, kFedcostPrefix, account, kPeriodInfix, label);
}

void put_account_key(std::string& key,
                     std::string_view prefix,
                     std::string_view account,
                     std::string_view rest) {
    join(key, prefix, account, "/", rest);
}

void put_window_key(std::string& key, std::string_view account, std::string_view label) {
    put_account_key(key, kWindowPrefix, account, label);
}

std::string window_row_label(const Period& period) {
    const WindowSpec& window = period.window;
    std::string text = window::period_label(period);
    if (window != WindowSpec{window.kind, window.minutes}) {
        text += " " + to_text(window);
    }
    return series_text(text, period.skips_failed, period.series);
}

std::string series_text(std::string_view text, bool skips_failed, uint32_t series) {
    const std::string_view mark = skips_failed ? "_ok" : "";
    return series == 0 ? fmt::format("{}{}", text, mark)
                       : fmt::format("{}{} ~{}", text, mark, series);
}

void put_index_key(std::string& key, std::string_view label, std::string_view account) {
    join(key, kIndexPrefix, label, kIndexInfix, account);
}

void put_rolling_key(std::string& key, std::string_view account, int64_t window_minutes) {
    join(key, kRollingPrefix, account, "/", window_length_text(window_minutes));
}

void put_enforce_key(std::string& key, std::string_view account, std::string_view limit) {
    put_account_key(key, kEnforcePrefix, account, limit);
}

void put_streak_key(std::string& key, std::string_view account, std::string_view limit) {
    put_account_key(key, kStreakPrefix, account, limit);
}

std::string index_prefix(std::string_view label) {
    std::string prefix;
    put_index_key(prefix, label, {});
    return prefix;
}

std::string partition_key(std::string_view prefix, const TopicPartition& partition) {
    return fmt::format("{}{}/{}", prefix, escape(partition.topic), partition.partition);
}

std::string dead_key(const TopicPartition& partition, int64_t offset) {
    CHECK(offset >= 0, "offsets of records count from 0");
    return fmt::format("{}/{:020}", partition_key(kDeadPrefix, partition), offset);
}

std::string numbered_key(std::string_view prefix, uint64_t number) {
    return fmt::format("{}{:020}", prefix, number);
}

std::string audit_key(int64_t wall_ms, uint64_t number) {
    return fmt::format("{}{:020}/{:020}", kAuditPrefix, wall_ms, number);
}

std::string pane_row_key(Pane pane, uint64_t row) {
    CHECK(pane >= Pane(0), "panes of accepted times are after the epoch");
    std::string key;
    key.reserve(kPaneRowKeySize);
    put_big_endian(key, static_cast<uint64_t>(pane.index));
    put_big_endian(key, row);
    return key;
}

std::string shown_pane_row_key(std::string_view prefix, std::string_view key) {
    const std::optional<PaneRowKey> parsed = parse_pane_row_key(key);
    CHECK(parsed.has_value(), "pane rows have keys of 16 bytes");
    return fmt::format("{}{:020}/{:020}", prefix, parsed->pane.index, parsed->row);
}

std::string after_prefix(std::string_view prefix) {
    CHECK(!prefix.empty() && prefix.back() != '\xff', "every prefix is ASCII");
    std::string after(prefix);
    after.back() = static_cast<char>(static_cast<unsigned char>(after.back()) + 1);
    return after;
}

std::optional<AccountKey> parse_account_key(std::string_view prefix, std::string_view key) {
    const size_t slash = key.find('/', prefix.size());
    if (!key.starts_with(prefix) || slash == std::string_view::npos) {
        return std::nullopt;
    }
    return AccountKey{key.substr(prefix.size(), slash - prefix.size()), key.substr(slash + 1)};
}

std::optional<IndexKey> parse_index_key(std::string_view key) {
    const size_t infix = key.find(kIndexInfix);
    if (!key.starts_with(kIndexPrefix) || infix == std::string_view::npos) {
        return std::nullopt;
    }
    return IndexKey{key.substr(kIndexPrefix.size(), infix - kIndexPrefix.size()),
                    key.substr(infix + kIndexInfix.size())};
}

std::optional<TopicPartition> parse_partition_key(std::string_view prefix, std::string_view key) {
    const std::optional<AccountKey> cut = parse_account_key(prefix, key);
    if (!cut) {
        return std::nullopt;
    }
    std::optional<std::string> topic = unescape(cut->account);
    const std::optional<int32_t> partition = parse_number<int32_t>(cut->rest);
    if (!topic || !partition) {
        return std::nullopt;
    }
    return TopicPartition{std::move(*topic), *partition};
}

std::optional<DeadKey> parse_dead_key(std::string_view key) {
    const size_t slash = key.rfind('/');
    if (slash == std::string_view::npos) {
        return std::nullopt;
    }
    std::optional<TopicPartition> partition =
        parse_partition_key(kDeadPrefix, key.substr(0, slash));
    const std::optional<int64_t> offset = parse_number<int64_t>(key.substr(slash + 1));
    if (!partition || !offset) {
        return std::nullopt;
    }
    return DeadKey{std::move(*partition), *offset};
}

std::optional<uint64_t> parse_numbered_key(std::string_view prefix, std::string_view key) {
    return key.starts_with(prefix) ? parse_number<uint64_t>(key.substr(prefix.size()))
                                   : std::nullopt;
}

std::optional<PaneRowKey> parse_pane_row_key(std::string_view key) {
    if (key.size() != kPaneRowKeySize) {
        return std::nullopt;
    }
    return PaneRowKey{Pane(static_cast<int64_t>(big_endian(key.substr(0, 8)))),
                      big_endian(key.substr(8))};
}

}  // namespace spantoll::store
