#include "schemas/format.h"

#include <algorithm>
#include <array>

namespace spantoll {
namespace {

struct FormatNames {
    Format format;
    std::string_view text;
    std::string_view content_type;
};

// By Format.
constexpr std::array<FormatNames, 4> kNames{
    {{Format::kAuto, "auto", ""},
     {Format::kFlatBuffers, "flatbuffers", "application/x-flatbuffers"},
     {Format::kJson, "json", "application/json"},
     {Format::kOtlp, "otlp", "application/x-protobuf"}}};

constexpr std::string_view kBlanks = " \t\r\n";

// Asked once a record, so that a lower_case() of the text would be memory for nothing.
bool equal_in_any_case(std::string_view text, std::string_view lower) {
    return std::ranges::equal(text, lower, [](char a, char b) {
        return (a >= 'A' && a <= 'Z' ? a - 'A' + 'a' : a) == b;
    });
}

}  // namespace

std::string_view to_text(Format format) {
    return kNames[static_cast<size_t>(format)].text;
}

std::string_view content_type_of(Format format) {
    return kNames[static_cast<size_t>(format)].content_type;
}

Format format_of_content_type(std::string_view content_type) {
    std::string_view type = content_type.substr(0, content_type.find(';'));
    const size_t begin = type.find_first_not_of(kBlanks);
    if (begin == std::string_view::npos) {
        return Format::kAuto;
    }
    type = type.substr(begin, type.find_last_not_of(kBlanks) - begin + 1);
    for (const FormatNames& names : kNames) {
        if (equal_in_any_case(type, names.content_type)) {
            return names.format;
        }
    }
    return Format::kAuto;
}

}  // namespace spantoll
