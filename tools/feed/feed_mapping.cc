#include "tools/feed/feed_mapping.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include <fmt/format.h>

#include "schemas/text/suggestion.h"
#include "schemas/text/utf8.h"
#include "tools/feed/csv_text.h"

namespace spantoll::tools {
namespace {

tl::unexpected<Error> wrong_usage(std::string message) {
    return failure(ErrorKind::kUsage, std::move(message));
}

Result<void> check_constant(std::string_view text, const FeedMapping& mapping) {
    FeedBatch trial;
    trial.add();
    if (!is_utf8(mapping.text)) {
        return wrong_usage(fmt::format("--map {}: the constant is no UTF-8", text));
    }
    if (trimmed(mapping.text).empty() || !mapping.field.set(mapping.text, trial)) {
        return wrong_usage(fmt::format("--map {}: {} must be {}",
                                       text,
                                       mapping.field.name(),
                                       mapping.field.wants(mapping.text)));
    }
    return {};
}

Result<FeedMapping> parse_mapping(std::string_view text) {
    const size_t sign = text.find('=');
    if (sign == std::string_view::npos || sign == 0 || sign + 1 == text.size()) {
        return wrong_usage(fmt::format("--map {}: write field=column or field==constant", text));
    }
    Result<FeedField> field = FeedField::named(text.substr(0, sign));
    if (!field) {
        return tl::make_unexpected(field.error());
    }
    const std::string_view value = text.substr(sign + 1);
    FeedMapping mapping{.field = std::move(*field), .column = {}, .text = std::string(value)};
    if (!value.starts_with('=')) {
        mapping.column = 0;  // resolved when the first row is known
        return mapping;
    }
    mapping.text = value.substr(1);
    if (const Result<void> checked = check_constant(text, mapping); !checked) {
        return tl::make_unexpected(checked.error());
    }
    return mapping;
}

// Checks mappings with which every span would be refused, so that the error comes only once.
Result<void> check_mappings(const std::vector<FeedMapping>& mappings) {
    for (size_t i = 0; i < mappings.size(); ++i) {
        for (size_t j = 0; j < i; ++j) {
            if (mappings[i].field.name() == mappings[j].field.name()) {
                return wrong_usage(fmt::format("--map {}: given twice", mappings[i].field.name()));
            }
        }
    }
    if (!maps_field(mappings, "time_ms") && !maps_field(mappings, "timestamp")) {
        return wrong_usage("no --map for time_ms: every span needs its time");
    }
    if (std::ranges::none_of(mappings,
                             [](const FeedMapping& m) { return m.field.is_dimension(); })) {
        return wrong_usage(
            "no --map says whom to charge: map one of service, domain, model, team ..., e.g. --map "
            "service==batch");
    }
    if (maps_field(mappings, "trace_id") != maps_field(mappings, "span_id")) {
        return wrong_usage(
            "--map trace_id and span_id together, or neither: an identity needs both");
    }
    return {};
}

std::optional<size_t> parse_column_number(std::string_view text, size_t columns) {
    size_t number = 0;
    const auto parsed = std::from_chars(text.data(), text.data() + text.size(), number);
    const bool is_number = parsed.ec == std::errc() && parsed.ptr == text.data() + text.size();
    return is_number && number >= 1 && number <= columns ? std::optional(number - 1) : std::nullopt;
}

Result<size_t> find_column(const FeedMapping& mapping,
                           const std::vector<std::string_view>& header) {
    const auto is_meant = [&](std::string_view name) {
        return trimmed(name) == trimmed(mapping.text);
    };
    const auto first = std::ranges::find_if(header, is_meant);
    if (first != header.end()) {
        const auto second = std::find_if(first + 1, header.end(), is_meant);
        if (second == header.end()) {
            return static_cast<size_t>(first - header.begin());
        }
        return wrong_usage(
            fmt::format("--map {0}={1}: the columns {2} and {3} are both called '{1}': say which "
                        "by its number, "
                        "e.g. --map {0}={2}",
                        mapping.field.name(),
                        mapping.text,
                        first - header.begin() + 1,
                        second - header.begin() + 1));
    }
    if (const auto column = parse_column_number(mapping.text, header.size())) {
        return *column;
    }
    if (!mapping.text.empty() &&
        mapping.text.find_first_not_of("0123456789") == std::string::npos) {
        return wrong_usage(fmt::format(
            "--map {}={}: the file has no such column, it has {}: write a name or 1 to {}",
            mapping.field.name(),
            mapping.text,
            header.size(),
            header.size()));
    }
    return wrong_usage(fmt::format("--map {}={}: the file has no such column; {}",
                                   mapping.field.name(),
                                   mapping.text,
                                   suggestion(mapping.text, header)));
}

}  // namespace

Result<std::vector<FeedMapping>> parse_mappings(const std::vector<std::string>& texts) {
    std::vector<FeedMapping> mappings;
    for (const std::string& text : texts) {
        Result<FeedMapping> mapping = parse_mapping(text);
        if (!mapping) {
            return tl::make_unexpected(mapping.error());
        }
        mappings.push_back(std::move(*mapping));
    }
    if (const Result<void> checked = check_mappings(mappings); !checked) {
        return tl::make_unexpected(checked.error());
    }
    return mappings;
}

Result<void> find_columns(const std::vector<std::string_view>& header,
                          std::vector<FeedMapping>& mappings) {
    for (FeedMapping& mapping : mappings) {
        if (!mapping.column) {
            continue;
        }
        const Result<size_t> column = find_column(mapping, header);
        if (!column) {
            return tl::make_unexpected(column.error());
        }
        mapping.column = *column;
    }
    return {};
}

bool maps_field(const std::vector<FeedMapping>& mappings, std::string_view field) {
    return std::ranges::any_of(
        mappings, [&](const FeedMapping& mapping) { return mapping.field.name() == field; });
}

std::string mapping_signature(const std::vector<FeedMapping>& mappings) {
    std::vector<std::string> parts;
    parts.reserve(mappings.size());
    for (const FeedMapping& mapping : mappings) {
        parts.push_back(mapping.column ? fmt::format("{}={}", mapping.field.name(), *mapping.column)
                                       : fmt::format("{}=={}", mapping.field.name(), mapping.text));
    }
    std::ranges::sort(parts);
    std::string signature;
    for (const std::string& part : parts) {
        signature += part;
        signature += '\0';  // occurs in no field name and no argument
    }
    return signature;
}

}  // namespace spantoll::tools
