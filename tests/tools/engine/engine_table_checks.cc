#include <fmt/format.h>

#include "schemas/money.h"
#include "tests/tools/engine/engine_table.h"
#include "tests/tools/engine/flat_json.h"

namespace spantoll::tools {

namespace {

// Keys of a check whose values are times, and the members they stand for.
const std::map<std::string, std::string> kTimeMembers{{"at", "effective_ms"},
                                                      {"until", "valid_until_ms"},
                                                      {"start", "window_start_ms"},
                                                      {"since", "since_ms"},
                                                      {"first", "first_ms"},
                                                      {"last", "last_ms"}};
const std::map<std::string, std::string> kMoneyMembers{
    {"observed", "observed_usd"}, {"amount", "amount_usd"}, {"cost", "cost_usd"}};

// "1500000000000.000000" pico-dollars are 1.5: the number's point moved and its zeros trimmed.
std::string decimal_text(std::string digits, size_t decimals) {
    const bool is_negative = digits.starts_with('-');
    digits.erase(0, is_negative ? 1 : 0);
    std::erase(digits, '.');
    if (digits.size() <= decimals) {
        digits.insert(0, decimals + 1 - digits.size(), '0');
    }
    std::string fraction = digits.substr(digits.size() - decimals);
    const std::string whole = digits.substr(0, digits.size() - decimals);
    fraction.erase(fraction.find_last_not_of('0') + 1);
    return (is_negative ? "-" : "") + whole + (fraction.empty() ? "" : "." + fraction);
}

constexpr size_t kEmaDecimals = 6;
constexpr size_t kPicoDecimals = 12;

}  // namespace

bool TableRun::check(const TableLine& line) {
    const auto word = [&](size_t at) { return line.words.at(at); };
    if (line.verb == "decision") {
        check_decision(line);
    } else if (line.verb == "no" && line.rest() == "decision") {
        expect(line, fmt::format("{} more", rig_->decisions().size() - decisions_seen_), "0 more");
    } else if (line.verb == "watermark" || line.verb == "closed") {
        check_watermark(line);
    } else if (line.verb == "live" || line.verb == "sample" || line.verb == "ema") {
        check_rolling(line);
    } else if (line.verb == "period") {
        check_row(line, fmt::format("FEDCOST#{}/PERIOD#{}", word(0), word(1)));
    } else if (line.verb == "level") {
        check_row(line, fmt::format("ENFORCE#{}/{}", word(0), word(1)));
    } else if (line.verb == "row" || line.verb == "absent") {
        const bool is_there = rows(line).contains(word(0));
        expect(line, is_there ? "row" : "absent", line.verb);
    } else if (line.verb == "streak") {
        check_streak(line);
    } else if (line.verb == "counts") {
        check_counts(line);
    } else if (line.verb == "check") {
        check_check(line);
    } else {
        return false;
    }
    return true;
}

void TableRun::check_decision(const TableLine& line) {
    if (decisions_seen_ >= rig_->decisions().size()) {
        fault(line, "got no decision, expected one");
        return;
    }
    const std::string& json = rig_->decisions()[decisions_seen_++];
    const Leaves leaves = flat_json(json);
    const std::string got =
        fmt::format("{} {} {}", leaves.at("limit"), leaves.at("account"), leaves.at("action"));
    const bool is_shadow = !line.words.empty() && line.words.back() == "shadow";
    const size_t words = line.words.size() - (is_shadow ? 1 : 0);
    std::string expected;
    for (size_t i = 0; i < words; ++i) {
        expected += (i == 0 ? "" : " ") + line.words[i];
    }
    if (got != expected) {
        fault(line, "got " + json);
        return;
    }
    expect(line, "shadow=" + leaves.at("shadow"), is_shadow ? "shadow=true" : "shadow=false");
    check_values(line, leaves);
    std::string ttl = "null";
    if (leaves.at("valid_until_ms") != "null") {
        ttl = std::to_string(std::stoll(leaves.at("valid_until_ms")) -
                             std::stoll(leaves.at("effective_ms")));
    }
    expect(line, "ttl_ms=" + leaves.at("ttl_ms"), "ttl_ms=" + ttl);
}

void TableRun::check_values(const TableLine& line, const Leaves& leaves) {
    for (const auto& [key, value] : line.values) {
        std::string member = key;
        std::string expected = value == "none" && key != "previous" ? "null" : value;
        if (const auto time = kTimeMembers.find(key); time != kTimeMembers.end()) {
            member = time->second;
            expected = value == "none" ? "null" : std::to_string(time_of(line, value));
        } else if (const auto money = kMoneyMembers.find(key);
                   money != kMoneyMembers.end() && leaves.contains(money->second)) {
            member = money->second;
        } else if (key == "cause" && value != "none") {
            member = "cause.offset";
        }
        const auto got = leaves.find(member);
        expect(line,
               fmt::format("{}={}", key, got == leaves.end() ? "(absent)" : got->second),
               fmt::format("{}={}", key, expected));
    }
}

void TableRun::check_watermark(const TableLine& line) {
    const Engine& engine = rig_->engine();
    int64_t got_ms = engine.watermark().value_ms();
    if (line.verb == "closed") {
        const Pane pane = engine.first_open_pane();
        got_ms = pane.is_set() ? pane.start_ms() : kUnset;
    }
    const bool is_unset = line.words.at(0) == "unset";
    const int64_t expected_ms = is_unset ? kUnset : time_of(line, line.words.at(0));
    const auto text = [](int64_t ms) { return ms == kUnset ? "unset" : std::to_string(ms); };
    expect(line, text(got_ms), text(expected_ms));
}

// live|sample|ema ACCOUNT METER LENGTH [ALPHA] NUMBER: usd in USD, any other meter in its unit.
void TableRun::check_rolling(const TableLine& line) {
    const std::optional<Leaves> leaves =
        row(line, fmt::format("ROLLING#{}/{}", line.words.at(0), line.words.at(2)));
    const std::string& meter = line.words.at(1);
    const bool is_usd = meter == "usd" || meter == "usd_ok";
    const bool is_ema = line.verb == "ema";
    std::string member = fmt::format("meters.{}.{}", meter, line.verb);
    size_t decimals = is_usd ? kPicoDecimals : 0;
    if (is_ema) {
        member += "." + (line.words.size() > 4 ? line.words[3] : "1/10");
        decimals += kEmaDecimals;
    } else if (is_usd) {
        member += "_pico_usd";
    }
    std::string got = "none";
    if (leaves && leaves->contains(member)) {
        got = decimal_text(leaves->at(member), decimals);
    }
    expect(line, got, line.words.back());
}

// Members of a row, or that there is none.
void TableRun::check_row(const TableLine& line, const std::string& key) {
    const std::optional<Leaves> leaves = row(line, key);
    const std::string word = line.words.size() > 2 ? line.words[2] : "";
    if (!leaves) {
        expect(line, "absent", word == "absent" ? word : key);
        return;
    }
    if (!word.empty()) {
        expect(line, leaves->contains("level") ? leaves->at("level") : "a row", word);
    }
    check_values(line, *leaves);
}

void TableRun::check_streak(const TableLine& line) {
    std::optional<Leaves> leaves;
    for (const std::string_view prefix : {"ENFORCE#", "STREAK#"}) {
        if (!leaves) {
            leaves = row(line, fmt::format("{}{}/{}", prefix, line.words.at(0), line.words.at(1)));
        }
    }
    expect(line, leaves ? leaves->at("streak") : "0", line.words.at(2));
}

void TableRun::check_counts(const TableLine& line) {
    const int64_t partition = line.number_of("partition", 0);
    std::optional<Leaves> leaves = row(line, fmt::format("META/COUNTS#spans/{}", partition));
    if (!leaves) {
        fault(line, "got no counts");
        return;
    }
    uint64_t sum = std::stoull(leaves->at("accepted")) + std::stoull(leaves->at("duplicate"));
    for (const std::string_view name : kRefusalNames) {
        // A reason that is as rare as `crashed` is shown only where there is one.
        const auto refused = leaves->find("refused." + std::string(name));
        sum += refused == leaves->end() ? 0 : std::stoull(refused->second);
    }
    expect(line, "polled=" + leaves->at("polled"), fmt::format("polled={}", sum));
    leaves->emplace("partition", std::to_string(partition));
    check_values(line, *leaves);
}

void TableRun::check_end(const TableCase& table) {
    TableLine line;
    line.number = table.lines.empty() ? table.number : table.lines.back().number;
    if (!rig_->is_started() || !commit(line)) {
        return;
    }
    for (size_t i = decisions_seen_; i < rig_->decisions().size(); ++i) {
        fault(line, "got at the end of the case, expected nothing: " + rig_->decisions()[i]);
    }
}

}  // namespace spantoll::tools
