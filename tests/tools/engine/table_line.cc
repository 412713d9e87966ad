#include "tests/tools/engine/table_line.h"

#include <array>
#include <fstream>
#include <sstream>

#include <fmt/format.h>

#include "schemas/text/json_writer.h"
#include "tests/tables/table_file.h"
#include "tools/feed/time_text.h"

namespace spantoll::tools {
namespace {

// Words of a span line that speak to the runner, not of the span.
constexpr std::array<std::string_view, 7> kRunnerKeys{
    "append", "partition", "copies", "times", "every", "offset", "id"};
// Members of the wire format that are no texts.
constexpr std::array<std::string_view, 10> kBareMembers{"sequence",
                                                        "http_status",
                                                        "duration_us",
                                                        "ingress_bytes",
                                                        "egress_bytes",
                                                        "cost_pico_usd",
                                                        "is_credit",
                                                        "is_streaming",
                                                        "is_final_chunk",
                                                        "has_usage_data"};

template <size_t n>
bool is_among(const std::array<std::string_view, n>& names, std::string_view name) {
    for (const std::string_view each : names) {
        if (each == name) {
            return true;
        }
    }
    return false;
}

TableLine cut_line(size_t number, const std::string& text) {
    TableLine line;
    line.number = number;
    line.text = text;
    std::istringstream words(text);
    words >> line.verb;
    for (std::string word; words >> word;) {
        const size_t equals = word.find('=');
        if (equals == std::string::npos || line.verb == "|" || line.verb == "json") {
            line.words.push_back(tables::cell_of(word));
        } else {
            line.values.emplace_back(word.substr(0, equals),
                                     tables::cell_of(word.substr(equals + 1)));
        }
    }
    return line;
}

void add_member(std::string& json, std::string_view name, std::string_view value, bool is_bare) {
    json += fmt::format(",\"{}\":", name);
    if (is_bare) {
        json += value;
    } else {
        append_json_string(json, value);
    }
}

}  // namespace

std::optional<std::string> TableLine::value(std::string_view key) const {
    for (const auto& [name, word] : values) {
        if (name == key) {
            return word;
        }
    }
    return std::nullopt;
}

int64_t TableLine::number_of(std::string_view key, int64_t fallback) const {
    const std::optional<std::string> given = value(key);
    return given ? std::stoll(*given) : fallback;
}

std::string_view TableLine::rest() const {
    const size_t begin = text.find(verb) + verb.size();
    return std::string_view(text).substr(std::min(begin + 1, text.size()));
}

Result<std::vector<TableCase>> read_table_cases(const std::string& path) {
    std::vector<TableCase> cases;
    std::ifstream file(path);
    if (!file) {
        return failure(ErrorKind::kInput, path + " cannot be read");
    }
    std::string text;
    for (size_t number = 1; std::getline(file, text); ++number) {
        const size_t first = text.find_first_not_of(' ');
        if (first == std::string::npos || text[first] == '#') {
            continue;
        }
        TableLine line = cut_line(number, text);
        if (line.verb == "case") {
            cases.push_back({number, std::string(line.rest()), {}});
        } else if (!cases.empty()) {
            cases.back().lines.push_back(std::move(line));
        } else {
            return failure(ErrorKind::kInput,
                           fmt::format("{}:{}: a line before the first case: give it one, or make "
                                       "it a comment   [{}]",
                                       path,
                                       number,
                                       text));
        }
    }
    return cases;
}

std::optional<int64_t> table_time_ms(std::string_view text, std::string_view day) {
    const bool is_of_day = text.size() >= 5 && text[2] == ':';
    return parse_time_ms(is_of_day ? fmt::format("{}T{}", day, text) : std::string(text));
}

std::string span_json(const TableLine& line, const std::string& time_ms) {
    std::string json = "{\"time_ms\":" + time_ms;
    std::string usage;
    for (const auto& [name, value] : line.values) {
        if (is_among(kRunnerKeys, name)) {
            continue;
        }
        if (name.starts_with("usage.")) {
            usage += usage.empty() ? "" : ",";
            usage += fmt::format(R"({{"meter":"{}","quantity":{}}})", name.substr(6), value);
            continue;
        }
        add_member(json, name, value, is_among(kBareMembers, name));
    }
    if (const std::optional<std::string> id = line.value("id")) {
        json += fmt::format(R"(,"trace_id":"{:0>32}","span_id":"{:0>16}")", *id, *id);
    }
    if (!usage.empty()) {
        json += ",\"usage\":[" + usage + "]";
    }
    return json + "}";
}

}  // namespace spantoll::tools
