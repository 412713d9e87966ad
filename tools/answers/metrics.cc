#include "tools/answers/metrics.h"

#include <algorithm>
#include <cstdlib>

#include <fmt/format.h>

#include "schemas/check.h"

namespace spantoll::tools {
namespace {

bool is_letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

bool is_name(std::string_view name) {
    return !name.empty() && is_letter(name.front()) &&
           std::ranges::all_of(name, [](char c) { return is_letter(c) || (c >= '0' && c <= '9'); });
}

// In label values '\', '"' and line ends are escaped; in HELP texts there is no '"' to end.
std::string escaped(std::string_view text, std::string_view quote) {
    std::string out;
    for (const char c : text) {
        if (c == '\n') {
            out += "\\n";
        } else if (c == '\\') {
            out += "\\\\";
        } else if (quote.find(c) != std::string_view::npos) {
            out += '\\';
            out += c;
        } else {
            out += c;
        }
    }
    return out;
}

}  // namespace

MetricsText& MetricsText::counter(std::string_view name, std::string_view help) {
    CHECK(name.ends_with("_total"), "a counter's name ends in _total");
    begin(name, help, "counter");
    return *this;
}

MetricsText& MetricsText::gauge(std::string_view name, std::string_view help) {
    CHECK(!name.ends_with("_total"), "a gauge's name does not end in _total");
    begin(name, help, "gauge");
    return *this;
}

MetricsText& MetricsText::sample(uint64_t value, Labels labels) {
    append_sample(fmt::format("{}", value), labels);
    return *this;
}

MetricsText& MetricsText::sample(int64_t value, Labels labels) {
    append_sample(fmt::format("{}", value), labels);
    return *this;
}

MetricsText& MetricsText::sample_ms(int64_t milliseconds, Labels labels) {
    append_sample(fmt::format("{}{}.{:03}",
                              milliseconds < 0 ? "-" : "",
                              std::abs(milliseconds / 1000),
                              std::abs(milliseconds % 1000)),
                  labels);
    return *this;
}

std::string MetricsText::take() {
    family_.clear();
    families_.clear();
    return std::exchange(text_, {});
}

void MetricsText::begin(std::string_view name, std::string_view help, std::string_view type) {
    CHECK(is_name(name), "a metric's name is [a-zA-Z_][a-zA-Z0-9_]*");
    CHECK(families_.emplace(name).second, "a family of metrics stands once");
    family_ = name;
    text_ += fmt::format("# HELP {} {}\n# TYPE {} {}\n", name, escaped(help, ""), name, type);
}

void MetricsText::append_sample(std::string_view value, Labels labels) {
    CHECK(!family_.empty(), "a sample belongs to a family");
    text_ += family_;
    char separator = '{';
    for (const auto& [name, label] : labels) {
        CHECK(is_name(name), "a label's name is [a-zA-Z_][a-zA-Z0-9_]*");
        text_ += fmt::format("{}{}=\"{}\"", separator, name, escaped(label, "\""));
        separator = ',';
    }
    text_ += fmt::format("{}{}\n", separator == ',' ? "} " : " ", value);
}

}  // namespace spantoll::tools
