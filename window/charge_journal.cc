#include "window/charge_journal.h"

#include <utility>

#include "schemas/varint.h"

namespace spantoll::window {
namespace {

constexpr char kVersion = 1;

// What a charge has; the last four tell which fields follow.
enum Flag : uint8_t {
    kRequest = 1,
    kError = 2,
    kLate = 4,
    kUnpriced = 8,
    kIngress = 16,
    kEgress = 32,
    kTokens = 64,
    kUsage = 128,
};

uint8_t flags_of(const Charge& charge) {
    const auto flag = [](bool is_set, Flag one) { return is_set ? one : 0; };
    return static_cast<uint8_t>(
        flag(charge.requests != 0, kRequest) | flag(charge.errors != 0, kError) |
        flag(charge.is_late, kLate) | flag(charge.is_unpriced, kUnpriced) |
        flag(charge.ingress_bytes != 0, kIngress) | flag(charge.egress_bytes != 0, kEgress) |
        flag(charge.tokens != 0, kTokens) | flag(!charge.usage.empty(), kUsage));
}

template <typename T>
void put_number(std::string& out, T value) {
    put_varint(out, static_cast<uint64_t>(value));
}

template <typename List>
void put_numbers(std::string& out, const List& list) {
    put_number(out, list.size());
    for (const auto value : list) {
        put_number(out, value);
    }
}

void put_text(std::string& out, std::string_view text) {
    put_number(out, text.size());
    out += text;
}

// Takes fields off the front of a row; remembers whether one was missing.
class Fields {
  public:
    explicit Fields(std::string_view& bytes) : bytes_(bytes) {}
    bool ok() const { return is_ok_; }

    template <typename T>
    T number() {
        const std::optional<T> value = take_varint_of<T>(bytes_);
        is_ok_ = is_ok_ && value.has_value();
        return value.value_or(T{});
    }
    Int128 amount() {
        const std::optional<Uint128> value = take_varint(bytes_);
        is_ok_ = is_ok_ && value.has_value();
        return unzigzag(value.value_or(0));
    }
    std::string_view text() {
        const auto size = number<size_t>();
        is_ok_ = is_ok_ && size <= bytes_.size();
        if (!is_ok_) {
            return {};
        }
        const std::string_view text = bytes_.substr(0, size);
        bytes_.remove_prefix(size);
        return text;
    }
    // As many as the count before them says, and no more than there are bytes.
    template <typename Take>
    void list(const Take& take) {
        for (auto left = number<size_t>(); is_ok_ && left > 0; --left) {
            take();
        }
    }
    template <typename T>
    void numbers(std::vector<T>& out) {
        list([&] { out.push_back(number<T>()); });
    }

  private:
    std::string_view& bytes_;
    bool is_ok_ = true;
};

}  // namespace

void ChargeJournal::record(const Charge& charge, std::span<const AccountIndex> accounts) {
    const uint8_t flags = flags_of(charge);
    charges_.push_back(static_cast<char>(flags));
    put_varint(charges_, zigzag(charge.time_ms - last_time_ms_));
    last_time_ms_ = charge.time_ms;
    put_varint(charges_, zigzag(charge.cost.pico()));
    if ((flags & kIngress) != 0) {
        put_number(charges_, charge.ingress_bytes);
    }
    if ((flags & kEgress) != 0) {
        put_number(charges_, charge.egress_bytes);
    }
    if ((flags & kTokens) != 0) {
        put_varint(charges_, zigzag(charge.tokens));
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
    for (const WindowSpec& window : head.windows) {
        put_text(row, to_text(window));
    }
    put_numbers(row, head.settled);
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
    if (row.empty() || row.front() != kVersion) {
        return std::nullopt;
    }
    row.remove_prefix(1);
    JournalReader reader;
    JournalHead& head = reader.head_;
    Fields fields(row);
    bool is_known = true;
    fields.list([&] {
        const std::optional<WindowSpec> window = parse_window(fields.text());
        is_known = is_known && window.has_value();
        head.windows.push_back(window.value_or(WindowSpec{}));
    });
    fields.numbers(head.settled);
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
    Fields fields(rest_);
    const auto flags = static_cast<uint8_t>(rest_.front());
    rest_.remove_prefix(1);
    Charge& charge = entry.charge;
    charge = {};
    charge.requests = (flags & kRequest) != 0 ? 1 : 0;
    charge.errors = (flags & kError) != 0 ? 1 : 0;
    charge.is_late = (flags & kLate) != 0;
    charge.is_unpriced = (flags & kUnpriced) != 0;
    last_time_ms_ += static_cast<int64_t>(fields.amount());
    charge.time_ms = last_time_ms_;
    charge.cost = Money::from_pico(fields.amount());
    charge.ingress_bytes = (flags & kIngress) != 0 ? fields.number<uint64_t>() : 0;
    charge.egress_bytes = (flags & kEgress) != 0 ? fields.number<uint64_t>() : 0;
    charge.tokens = (flags & kTokens) != 0 ? fields.amount() : 0;
    entry.usage.clear();
    if ((flags & kUsage) != 0) {
        fields.list([&] {
            const auto meter = fields.number<MeterId>();
            entry.usage.push_back({meter, fields.number<uint64_t>()});
        });
    }
    charge.usage = entry.usage;
    entry.accounts.clear();
    fields.numbers(entry.accounts);
    return fields.ok();
}

}  // namespace spantoll::window
