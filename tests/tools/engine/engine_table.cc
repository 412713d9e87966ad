#include "tests/tools/engine/engine_table.h"

#include <algorithm>

#include <fmt/format.h>

#include "schemas/money.h"
#include "schemas/rfc3339.h"
#include "schemas/text/json_writer.h"
#include "tests/tables/table_file.h"
#include "tests/tools/engine/flat_json.h"
#include "tools/control/grant_command.h"
#include "tools/control/key_command.h"

namespace spantoll::tools {
namespace {

// Grants of `added` have numbers that no `grant` of a table has.
constexpr uint64_t kAddedFrom = 1'000'000;

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
        set_vote(line);
    } else if (line.verb == "added") {
        add_to_amount(line);
    } else if (line.verb == "grant") {
        give_grant(line);
    } else if (line.verb == "grant_end") {
        end_grant(line);
    } else if (line.verb == "reset") {
        reset(line);
    } else if (line.verb == "key" || line.verb == "key_removed") {
        change_key(line);
    } else if (line.verb == "silence") {
        rig_->engine().advance_in_silence(time_of(line, line.words.at(0)));
    } else if (line.verb == "read_to_end") {
        rig_->engine().note_read_to_end();
    } else if (line.verb == "close_to_end") {
        rig_->engine().close_to_end();
    } else {
        return false;
    }
    rows_.reset();
    if (pace_ == Pace::kJournalAfterEachLine) {
        commit(line);
    }
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

void TableRun::set_vote(const TableLine& line) {
    static const std::map<std::string, window::WatermarkVote> kBinds{
        {"holds", window::WatermarkVote::kBinds},
        {"no_spans", window::WatermarkVote::kNoSpans},
        {"released", window::WatermarkVote::kReleased}};
    const auto partition = static_cast<PartitionIndex>(std::stoul(line.words.at(0)));
    votes_[partition] = kBinds.at(line.words.at(1));
    rig_->engine().set_vote(partition, votes_[partition]);
}

// `added LIMIT ACCOUNT|* NUMBER`: so much more than configured, usd in USD; whatever was added
// before.
void TableRun::add_to_amount(const TableLine& line) {
    const Limit* const limit = find_limit(settings_.limits, line.words.at(0));
    if (limit == nullptr) {
        return fault(line, "no such limit");
    }
    const std::string& number = line.words.at(2);
    const bool is_usd = limit->meter.kind == MeterKind::kUsd;
    const Int128 wanted = is_usd ? parse_usd(number).money.pico() : Int128{std::stoll(number)};
    Engine& engine = rig_->engine();
    Grant grant;
    grant.number = kAddedFrom + engine.grants().all().size();
    grant.limit = limit->name;
    grant.account = line.words.at(1);
    grant.amount = wanted - engine.grants().added_to({grant.limit, grant.account});
    grant.is_usd = is_usd;
    engine.add_grant(grant, engine.command_time_ms(0));
}

// `grant N LIMIT ACCOUNT|* AMOUNT UNTIL [at=TIME]`, as a command that came at a time.
void TableRun::give_grant(const TableLine& line) {
    const int64_t at_ms = line.value("at") ? time_of(line, *line.value("at")) : 0;
    Engine& engine = rig_->engine();
    JsonObject body;
    body.add_text("limit", line.words.at(1)).add_text("account", line.words.at(2));
    const std::string& amount = line.words.at(3);
    const Limit* const limit = find_limit(settings_.limits, line.words.at(1));
    if (limit != nullptr && limit->meter.kind != MeterKind::kUsd) {
        body.add_json("amount", amount);
    } else {
        body.add_text("amount", amount);
    }
    const std::string& until = line.words.at(4);
    const bool is_time = until != "removed" && !until.starts_with("window");
    body.add_text("until", is_time ? rfc3339(time_of(line, until)) : until);
    GrantChange change = read_grant(body.str(), settings_, at_ms, engine);
    if (!change.reasons.empty()) {
        return fault(line, change.reasons.front());
    }
    change.grant.number = std::stoull(line.words.at(0));
    engine.add_grant(change.grant, change.grant.since_ms);
}

// `grant_end N`
void TableRun::end_grant(const TableLine& line) {
    Engine& engine = rig_->engine();
    if (!engine.end_grant(std::stoull(line.words.at(0)), engine.command_time_ms(0))) {
        fault(line, "no such grant");
    }
}

// `reset LIMIT ACCOUNT|* [accounts=N]`
void TableRun::reset(const TableLine& line) {
    const std::string body = JsonObject()
                                 .add_text("limit", line.words.at(0))
                                 .add_text("account", line.words.at(1))
                                 .str();
    const ResetChange change = read_reset(body, settings_, rig_->engine().keys());
    if (!change.reasons.empty()) {
        return fault(line, change.reasons.front());
    }
    Engine& engine = rig_->engine();
    const size_t count = engine.reset(change.limit, change.account, engine.command_time_ms(0));
    if (line.value("accounts") && *line.value("accounts") != std::to_string(count)) {
        fault(line, "got accounts=" + std::to_string(count));
    }
}

// `key NAME [ids=A,B] [parents=A,B] [owner=TEXT] [refused]`, `key_removed NAME [refused]`
void TableRun::change_key(const TableLine& line) {
    JsonObject body;
    body.add_text("name", line.words.at(0));
    for (const auto& [name, value] : line.values) {
        if (name == "owner") {
            body.add_text(name, value);
            continue;
        }
        JsonArray texts;
        for (size_t begin = 0; begin <= value.size();) {
            const size_t end = std::min(value.find(',', begin), value.size());
            texts.add_text(value.substr(begin, end - begin));
            begin = end + 1;
        }
        body.add_json(name, texts.str());
    }
    Engine& engine = rig_->engine();
    const KeyChange change = line.verb == "key"
                                 ? read_key(body.str(), LeftOut::kDefault, settings_, engine.keys())
                                 : read_key_removal(body.str(), engine.keys());
    const bool is_refusal_expected = line.words.size() > 1 && line.words[1] == "refused";
    if (change.reasons.empty() == is_refusal_expected) {
        return fault(line, change.reasons.empty() ? "taken" : change.reasons.front());
    }
    if (change.reasons.empty()) {
        engine.put_key(change.key);
    }
}

void TableRun::put_back_holds() {
    for (const auto& [partition, hold] : votes_) {
        rig_->engine().set_vote(partition, hold);
    }
}

// `restart`: with the configuration that stands before it, or the same; `restart drop KIND ...`:
// without these kinds; `restart refused`: the store does not open for it.
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
    const std::string how = line.words.empty() ? "" : line.words[0];
    const bool is_refusal_expected = how == "refused";
    const std::vector<std::string> dropped(line.words.begin() + (how == "drop" ? 1 : 0),
                                           how == "drop" ? line.words.end() : line.words.begin());
    const Result<void> started = rig_->restart(*settings, dropped);
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

bool TableRun::commit(const TableLine& line) {
    if (!rig_->is_started()) {
        return false;
    }
    const Result<void> written =
        rig_->commit(pace_ == Pace::kJournalAfterEachLine ? window::CommitScope::kDue
                                                          : window::CommitScope::kEverything);
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
