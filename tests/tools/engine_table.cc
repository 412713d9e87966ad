#include "tests/tools/engine_table.h"

#include <fmt/format.h>

#include "schemas/money.h"
#include "tests/tables/table_file.h"
#include "tests/tools/flat_json.h"

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

std::vector<std::string> run_table_case(const std::string& file,
                                        const TableCase& table,
                                        Pace pace) {
    TableRun run(file, pace);
    run.run(table);
    return run.take_faults();
}

TableRun::TableRun(std::string file, Pace pace)
    : file_(std::move(file)), pace_(pace), rig_(std::make_unique<EngineRig>()) {}

void TableRun::run(const TableCase& table) {
    for (const TableLine& line : table.lines) {
        run_line(line);
    }
    check_end(table);
}

void TableRun::run_line(const TableLine& line) {
    if (line.verb == "|") {
        pending_toml_ += std::string(line.rest()) + "\n";
    } else if (line.verb == "partitions") {
        rig_ = std::make_unique<EngineRig>(std::stoi(line.words.at(0)));
    } else if (line.verb == "day") {
        day_ = line.words.at(0);
    } else if (line.verb == "now") {
        now_ms_ = time_of(line, line.words.at(0));
    } else if (line.verb == "restart") {
        restart(line);
    } else if (is_ready(line) && !act(line) && !(commit(line) && check(line))) {
        fault(line, "no such line: " + line.verb);
    }
}

// Starts the engine at the first line that needs it.
bool TableRun::is_ready(const TableLine& line) {
    if (rig_->is_started()) {
        return true;
    }
    const Result<Settings> settings = rig_->read_settings(pending_toml_);
    if (!settings) {
        fault(line, settings.error().message);
        return false;
    }
    settings_ = *settings;
    pending_toml_.clear();
    const Result<void> started = rig_->start(settings_);
    if (!started) {
        fault(line, started.error().message);
        return false;
    }
    put_back_holds();
    return true;
}

bool TableRun::act(const TableLine& line) {
    if (line.verb == "span") {
        apply_span(line);
    } else if (line.verb == "json") {
        apply_record(line, tables::cell_of(line.rest()), 0);
    } else if (line.verb == "filler") {
        apply_record(line, "{" + std::string(std::stoul(line.words.at(0)) - 2, ' ') + "}", 0);
    } else if (line.verb == "hold") {
        set_hold(line);
    } else if (line.verb == "silence") {
        rig_->engine().advance_in_silence(time_of(line, line.words.at(0)));
    } else if (line.verb == "close_to_end") {
        rig_->engine().close_to_end();
    } else {
        return false;
    }
    rows_.reset();
    if (pace_ == Pace::kRestartAfterEachLine && commit(line)) {
        rig_->stop();
        if (const Result<void> started = rig_->start(settings_); !started) {
            fault(line, started.error().message);
        }
        put_back_holds();
    }
    return true;
}

void TableRun::apply_span(const TableLine& line) {
    const std::string& text = line.words.at(0);
    const bool is_raw =
        text == "null" || text.find_first_not_of("-0123456789") == std::string::npos;
    const int64_t first_ms = is_raw ? 0 : time_of(line, text);
    const std::optional<std::string> append = line.value("append");
    const std::optional<std::string> every = line.value("every");
    const int64_t step_ms = every ? parse_duration_ms(*every).value_or(0) : 0;
    for (int64_t i = 0; i < line.number_of("times", 1); ++i) {
        const int64_t time_ms = first_ms + i * step_ms;
        const std::string json = span_json(line, is_raw ? text : std::to_string(time_ms));
        std::string record = json;
        if (const int64_t copies = line.number_of("copies", 1); copies > 1) {
            record = "[" + json;
            for (int64_t copy = 1; copy < copies; ++copy) {
                record += "," + json;
            }
            record += "]";
        }
        apply_record(line, record, append ? time_of(line, *append) : time_ms);
    }
}

void TableRun::apply_record(const TableLine& line, const std::string& bytes, int64_t append_ms) {
    ingest::Record record;
    record.partition = static_cast<PartitionIndex>(line.number_of("partition", 0));
    const std::optional<std::string> offset = line.value("offset");
    record.offset = offset ? std::stoll(*offset) : rig_->take_offset(record.partition);
    record.append_ms = append_ms;
    record.bytes = bytes;
    rig_->engine().apply(record, now_ms_);
}

void TableRun::set_hold(const TableLine& line) {
    static const std::map<std::string, window::Hold> kHolds{{"holds", window::Hold::kHolds},
                                                            {"no_spans", window::Hold::kNoSpans},
                                                            {"released", window::Hold::kReleased}};
    const auto partition = static_cast<PartitionIndex>(std::stoul(line.words.at(0)));
    holds_[partition] = kHolds.at(line.words.at(1));
    rig_->engine().set_hold(partition, holds_[partition]);
}

void TableRun::put_back_holds() {
    for (const auto& [partition, hold] : holds_) {
        rig_->engine().set_hold(partition, hold);
    }
}

// `restart`: with the configuration that stands before it, or the same; `restart refused`: the
// store does not open for it.
void TableRun::restart(const TableLine& line) {
    const std::string toml = std::exchange(pending_toml_, {});
    if (rig_->is_started() && !commit(line)) {
        return;
    }
    rows_.reset();
    const Result<Settings> settings = toml.empty() ? settings_ : rig_->read_settings(toml);
    if (!settings) {
        fault(line, settings.error().message);
        return;
    }
    const Result<void> started = rig_->restart(*settings);
    const bool is_refusal_expected = !line.words.empty() && line.words[0] == "refused";
    if (is_refusal_expected) {
        expect(line,
               started ? "a start" : std::to_string(static_cast<int>(started.error().kind)),
               "78");
        rig_->stop();
        static_cast<void>(rig_->start(settings_));
        return;
    }
    if (!started) {
        fault(line, started.error().message);
        return;
    }
    settings_ = *settings;
    put_back_holds();
}

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
        const int64_t pane = engine.first_open_pane();
        got_ms = pane == kUnset ? kUnset : pane * kMinuteMs;
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
    const bool is_usd = meter == "usd";
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
        sum += std::stoull(leaves->at("refused." + std::string(name)));
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

bool TableRun::commit(const TableLine& line) {
    if (!rig_->is_started()) {
        return false;
    }
    const Result<void> written = rig_->commit();
    if (!written) {
        fault(line, written.error().message);
    }
    return written.has_value();
}

const std::map<std::string, std::string>& TableRun::rows(const TableLine& line) {
    if (!rows_) {
        Result<std::map<std::string, std::string>> read = rig_->rows();
        if (!read) {
            fault(line, read.error().message);
        }
        rows_ = read ? std::move(*read) : std::map<std::string, std::string>();
    }
    return *rows_;
}

std::optional<TableRun::Leaves> TableRun::row(const TableLine& line, const std::string& key) {
    const auto found = rows(line).find(key);
    return found == rows(line).end() ? std::nullopt : std::optional(flat_json(found->second));
}

int64_t TableRun::time_of(const TableLine& line, std::string_view text) {
    const std::optional<int64_t> ms = table_time_ms(text, day_);
    if (!ms) {
        fault(line, fmt::format("no time: {}", text));
    }
    return ms.value_or(0);
}

void TableRun::expect(const TableLine& line, const std::string& got, const std::string& expected) {
    if (got != expected) {
        fault(line, fmt::format("got {}, expected {}", got, expected));
    }
}

void TableRun::fault(const TableLine& line, const std::string& what) {
    faults_.push_back(fmt::format("{}:{}: {}   [{}]", file_, line.number, what, line.text));
}

}  // namespace spantoll::tools
