#include "store/codec/decision_text.h"

#include <charconv>
#include <simdjson.h>
#include <string>

namespace spantoll::store {
namespace {

namespace ondemand = simdjson::ondemand;

// Members of one object, asked for in the order in which they were written. Once something is not
// as expected is_good() is false, stays so, and nothing more is read: simdjson must not be asked
// again after an error.
class Members {
  public:
    explicit Members(ondemand::object object) : object_(object) {}

    bool is_good() const { return is_good_; }
    void fail() { is_good_ = false; }

    std::string_view text(std::string_view name) {
        return take<std::string_view>(name, [](auto&& value) { return value.get_string(); });
    }
    // Of a number, which may have up to 128 bits.
    std::string_view digits(std::string_view name) {
        const auto token =
            take<std::string_view>(name, [](auto&& value) { return value.raw_json_token(); });
        return token.substr(0, token.find_last_of("-0123456789") + 1);
    }
    template <typename Integer>
    Integer integer(std::string_view name) {
        Integer value = 0;
        parse(digits(name), value);
        return value;
    }
    bool flag(std::string_view name) {
        return take<bool>(name, [](auto&& value) { return value.get_bool(); });
    }
    bool is_null(std::string_view name) {
        return take<bool>(name, [](auto&& value) { return value.is_null(); });
    }
    std::optional<int64_t> time(std::string_view name) {
        return is_null(name) ? std::nullopt : std::optional(integer<int64_t>(name));
    }
    // Good where this is.
    Members object(std::string_view name) {
        Members inner(
            take<ondemand::object>(name, [](auto&& value) { return value.get_object(); }));
        inner.is_good_ = is_good_;
        return inner;
    }
    template <typename Integer>
    void parse(std::string_view digits, Integer& value, int base = 10) {
        const char* const end = digits.data() + digits.size();
        const auto [stopped, error] = std::from_chars(digits.data(), end, value, base);
        is_good_ = is_good_ && error == std::errc{} && stopped == end && !digits.empty();
    }

  private:
    template <typename Value, typename Get>
    Value take(std::string_view name, const Get& get) {
        Value value{};
        is_good_ = is_good_ && get(object_[name]).get(value) == simdjson::SUCCESS;
        return value;
    }

    ondemand::object object_;
    bool is_good_ = true;
};

template <typename Names>
std::optional<size_t> index_of(const Names& names, std::string_view name) {
    for (size_t i = 0; i < names.size(); ++i) {
        if (names[i] == name) {
            return i;
        }
    }
    return std::nullopt;
}

Action read_action(Members& members, std::string_view name) {
    const std::string_view text = members.text(name);
    const std::optional<size_t> index = index_of(kActionNames, text == "release" ? "none" : text);
    if (!index) {
        members.fail();
    }
    return static_cast<Action>(index.value_or(0));
}

Reason read_reason(Members& members) {
    const std::optional<size_t> index = index_of(kReasonNames, members.text("reason"));
    if (!index) {
        members.fail();
    }
    return static_cast<Reason>(index.value_or(0));
}

WindowSpec read_window(Members& members) {
    const std::optional<WindowSpec> window = parse_window(members.text("window"));
    if (!window) {
        members.fail();
    }
    return window.value_or(WindowSpec{});
}

Int128 read_amount(Members& members, MeterKind kind, const std::string& name) {
    const bool is_usd = kind == MeterKind::kUsd;
    const std::optional<Int128> amount =
        parse_int128(is_usd ? members.text(name + "_pico_usd") : members.digits(name));
    if (!amount) {
        members.fail();
    }
    return amount.value_or(0);
}

TraceId read_trace_id(Members& cause) {
    TraceId id;
    if (cause.is_null("trace_id")) {
        return id;
    }
    const std::string_view hex = cause.text("trace_id");
    if (hex.size() != 32) {
        cause.fail();
        return id;
    }
    cause.parse(hex.substr(0, 16), id.high, 16);
    cause.parse(hex.substr(16), id.low, 16);
    return id;
}

std::optional<Cause> read_cause(Members& members) {
    if (members.is_null("cause")) {
        return std::nullopt;
    }
    Members inner = members.object("cause");
    Cause cause;
    cause.topic = inner.text("topic");
    cause.partition = inner.integer<int32_t>("partition");
    cause.offset = inner.integer<int64_t>("offset");
    cause.index = inner.integer<uint32_t>("index");
    cause.trace_id = read_trace_id(inner);
    if (!inner.is_good()) {
        members.fail();
    }
    return cause;
}

Decision read_decision(Members& members) {
    Decision decision;
    decision.number = members.integer<uint64_t>("number");
    decision.effective_ms = members.integer<int64_t>("effective_ms");
    decision.account = members.text("account");
    decision.limit = members.text("limit");
    decision.action = read_action(members, "action");
    decision.previous = read_action(members, "previous");
    decision.reason = read_reason(members);
    decision.meter = meter_named(members.text("meter"));
    decision.window = read_window(members);
    decision.window_start_ms = members.time("window_start_ms");
    decision.observed = read_amount(members, decision.meter.kind, "observed");
    decision.amount = read_amount(members, decision.meter.kind, "amount");
    decision.valid_until_ms = members.time("valid_until_ms");
    decision.cause = read_cause(members);
    decision.shadow = members.flag("shadow");
    return decision;
}

}  // namespace

std::optional<Decision> parse_decision_text(std::string_view json) {
    // A parser for each row costs some microseconds, and only rows of older stores are read so.
    ondemand::parser parser;
    const simdjson::padded_string padded(json);
    ondemand::document document;
    ondemand::object object;
    if (parser.iterate(padded).get(document) != simdjson::SUCCESS ||
        document.get_object().get(object) != simdjson::SUCCESS) {
        return std::nullopt;
    }
    Members members(object);
    Decision decision = read_decision(members);
    return members.is_good() ? std::optional(std::move(decision)) : std::nullopt;
}

}  // namespace spantoll::store
