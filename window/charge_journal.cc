#include "window/charge_journal.h"

#include <charconv>
#include <utility>

#include <fmt/format.h>

#include "schemas/number.h"
#include "schemas/packed.h"
#include "window/calendar.h"

namespace spantoll::window {
namespace {

constexpr char kVersion = 2;
constexpr char kFirstVersion = 1;

// Behind a window, in this order: that its totals leave out what failed, their series, and where
// the lattice begins.
constexpr std::string_view kOkMark = "#ok";
constexpr std::string_view kSeriesMark = " ~";
constexpr std::string_view kAnchorMark = " @";

// What a charge has; the last three say which fields follow.
enum Flag : uint32_t {
    kRequest = 1,
    kError = 2,
    kLate = 4,
    kUnpriced = 8,
    kIngress = 16,
    kEgress = 32,
    kUsage = 64,
    kFailed = 128,
};
constexpr uint32_t kFirstVersionTokens = 64;
constexpr uint32_t kFirstVersionUsage = 128;

uint32_t flags_of(const Charge& charge) {
    const auto flag = [](bool is_set, Flag one) { return is_set ? one : 0U; };
    return (flag(charge.requests != 0, kRequest) | flag(charge.errors != 0, kError) |
            flag(charge.is_late, kLate) | flag(charge.is_unpriced, kUnpriced) |
            flag(charge.ingress_bytes != 0, kIngress) | flag(charge.egress_bytes != 0, kEgress) |
            flag(!charge.usage.empty(), kUsage) | flag(charge.is_failed, kFailed));
}

std::string window_text(const JournalWindow& window) {
    std::string text = to_text(window.window);
    if (window.skips_failed) {
        text += kOkMark;
    }
    if (window.series != 0) {
        text += fmt::format("{}{}", kSeriesMark, window.series);
    }
    if (window.window.is_per_account()) {
        text += fmt::format("{}{}", kAnchorMark, window.anchor_ms);
    }
    return text;
}

// Cuts a number off that stands at the end behind a mark, if it does; false where it is none.
template <typename Number>
bool cut_number(std::string_view& text, std::string_view mark, Number& number) {
    const size_t at = text.rfind(mark);
    if (at == std::string_view::npos) {
        return true;
    }
    const std::optional<Number> found = parse_number<Number>(text.substr(at + mark.size()));
    text = text.substr(0, at);
    number = found.value_or(number);
    return found.has_value();
}

std::optional<JournalWindow> parse_journal_window(std::string_view text) {
    JournalWindow window;
    if (!cut_number(text, kAnchorMark, window.anchor_ms) ||
        !cut_number(text, kSeriesMark, window.series)) {
        return std::nullopt;
    }
    window.skips_failed = text.ends_with(kOkMark);
    text.remove_suffix(window.skips_failed ? kOkMark.size() : 0);
    const std::optional<WindowSpec> spec = parse_window(text);
    window.window = spec.value_or(WindowSpec{});
    const bool is_period = spec && !spec->is_rolling();
    return is_period ? std::optional(window) : std::nullopt;
}

}  // namespace

Period JournalWindow::period_at(int64_t time_ms) const {
    const WindowSpec& lattice = window.is_per_account() ? anchored_at(window, anchor_ms) : window;
    return {window, period_of(lattice, EventTime{time_ms}).start_ms, skips_failed, series};
}

void ChargeJournal::record(const Charge& charge, std::span<const AccountIndex> accounts) {
    const uint32_t flags = flags_of(charge);
    put_number(charges_, flags);
    put_signed(charges_, charge.time_ms - last_time_ms_);
    last_time_ms_ = charge.time_ms;
    put_signed(charges_, charge.cost.pico());
    if ((flags & kIngress) != 0) {
        put_number(charges_, charge.ingress_bytes);
    }
    if ((flags & kEgress) != 0) {
        put_number(charges_, charge.egress_bytes);
    }
    if ((flags & kUsage) != 0) {
        put_number(charges_, charge.usage.size());
        for (const MeterQuantity& usage : charge.usage) {
            put_number(charges_, usage.meter);
            put_number(charges_, usage.quantity);
        }
    }
    put_numbers(charges_, accounts);
}

std::string ChargeJournal::take_row(const JournalHead& head) {
    std::string row(1, kVersion);
    put_number(row, head.windows.size());
    for (const JournalWindow& window : head.windows) {
        put_text(row, window_text(window));
    }
    put_numbers(row, head.written);
    put_number(row, head.introduced.size());
    for (const IntroducedAccount& account : head.introduced) {
        put_number(row, account.number);
        put_text(row, account.text);
        put_numbers(row, account.periods);
        put_numbers(row, account.rolling_minutes);
    }
    row += charges_;
    clear();
    return row;
}

void ChargeJournal::clear() {
    charges_.clear();
    last_time_ms_ = 0;
}

std::optional<JournalReader> JournalReader::open(std::string_view row) {
    if (row.empty() || (row.front() != kVersion && row.front() != kFirstVersion)) {
        return std::nullopt;
    }
    JournalReader reader;
    reader.is_first_version_ = row.front() == kFirstVersion;
    row.remove_prefix(1);
    JournalHead& head = reader.head_;
    PackedReader fields(row);
    bool is_known = true;
    fields.list([&] {
        const std::optional<JournalWindow> window = parse_journal_window(fields.text());
        is_known = is_known && window.has_value();
        head.windows.push_back(window.value_or(JournalWindow{}));
    });
    fields.numbers(head.written);
    fields.list([&] {
        IntroducedAccount& account = head.introduced.emplace_back();
        account.number = fields.number<AccountIndex>();
        account.text = fields.text();
        fields.numbers(account.periods);
        fields.numbers(account.rolling_minutes);
        for (const uint32_t window : account.periods) {
            is_known = is_known && window < head.windows.size();
        }
    });
    if (!fields.ok() || !is_known) {
        return std::nullopt;
    }
    reader.rest_ = row;
    return reader;
}

bool JournalReader::next(Entry& entry) {
    PackedReader fields(rest_);
    uint32_t flags = 0;
    bool has_tokens = false;
    bool has_usage = false;
    if (is_first_version_) {
        flags = static_cast<uint8_t>(rest_.front());
        rest_.remove_prefix(1);
        has_tokens = (flags & kFirstVersionTokens) != 0;
        has_usage = (flags & kFirstVersionUsage) != 0;
    } else {
        flags = fields.number<uint32_t>();
        has_usage = (flags & kUsage) != 0;
    }
    Charge& charge = entry.charge;
    charge = {};
    charge.requests = (flags & kRequest) != 0 ? 1 : 0;
    charge.errors = (flags & kError) != 0 ? 1 : 0;
    charge.is_late = (flags & kLate) != 0;
    charge.is_unpriced = (flags & kUnpriced) != 0;
    charge.is_failed = !is_first_version_ && (flags & kFailed) != 0;
    const bool is_time = !__builtin_add_overflow(
        last_time_ms_, static_cast<int64_t>(fields.signed_number()), &last_time_ms_);
    charge.time_ms = last_time_ms_;
    charge.cost = Money::from_pico(fields.signed_number());
    charge.ingress_bytes = (flags & kIngress) != 0 ? fields.number<uint64_t>() : 0;
    charge.egress_bytes = (flags & kEgress) != 0 ? fields.number<uint64_t>() : 0;
    if (has_tokens) {
        fields.signed_number();
    }
    entry.usage.clear();
    if (has_usage) {
        fields.list([&] {
            const auto meter = fields.number<MeterId>();
            entry.usage.push_back({meter, fields.number<uint64_t>()});
        });
    }
    charge.usage = entry.usage;
    entry.accounts.clear();
    fields.numbers(entry.accounts);
    return fields.ok() && is_time;
}

}  // namespace spantoll::window
