#include "tools/feed_csv.h"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <fstream>
#include <optional>
#include <string_view>
#include <utility>
#include <xxhash.h>

#include <fmt/format.h>

#include "tools/configuration_table.h"
#include "tools/csv_reader.h"
#include "tools/feed_fields.h"

namespace spantoll::tools {
namespace {

// One --map.
struct Mapping {
    FeedField field;
    std::optional<size_t> column;  // from 0; empty = the constant
    std::string text;              // the constant, or the column as the user wrote it
};

tl::unexpected<Error> wrong_usage(std::string message) {
    return failure(ErrorKind::kUsage, std::move(message));
}

Result<Mapping> parse_mapping(std::string_view text) {
    const size_t sign = text.find('=');
    if (sign == std::string_view::npos || sign == 0 || sign + 1 == text.size()) {
        return wrong_usage(fmt::format("--map {}: write field=column or field==constant", text));
    }
    Result<FeedField> field = FeedField::named(text.substr(0, sign));
    if (!field) {
        return tl::make_unexpected(field.error());
    }
    std::string_view value = text.substr(sign + 1);
    Mapping mapping{.field = std::move(*field), .column = {}, .text = std::string(value)};
    if (!value.starts_with('=')) {
        mapping.column = 0;  // resolved when the first row is known
        return mapping;
    }
    value.remove_prefix(1);
    mapping.text = value;
    FeedBatch trial;
    trial.add();
    if (value.empty() || !mapping.field.set(value, trial)) {
        return wrong_usage(fmt::format(
            "--map {}: {} must be {}", text, mapping.field.name(), mapping.field.wants()));
    }
    return mapping;
}

Result<size_t> find_column(const Mapping& mapping, const std::vector<std::string_view>& header) {
    const auto found = std::ranges::find(header, mapping.text);
    if (found != header.end()) {
        return static_cast<size_t>(found - header.begin());
    }
    size_t number = 0;
    const char* const end = mapping.text.data() + mapping.text.size();
    const auto parsed = std::from_chars(mapping.text.data(), end, number);
    if (parsed.ec == std::errc() && parsed.ptr == end && number >= 1 && number <= header.size()) {
        return number - 1;
    }
    return wrong_usage(fmt::format("--map {}={}: the file has no such column; {}",
                                   mapping.field.name(),
                                   mapping.text,
                                   suggestion(mapping.text, header)));
}

bool maps(const std::vector<Mapping>& mappings, std::string_view field) {
    return std::ranges::any_of(
        mappings, [&](const Mapping& mapping) { return mapping.field.name() == field; });
}

// What would be refused span by span is better said once.
Result<void> check_mappings(const std::vector<Mapping>& mappings) {
    for (size_t i = 0; i < mappings.size(); ++i) {
        for (size_t j = 0; j < i; ++j) {
            if (mappings[i].field.name() == mappings[j].field.name()) {
                return wrong_usage(fmt::format("--map {}: given twice", mappings[i].field.name()));
            }
        }
    }
    if (!maps(mappings, "time_ms") && !maps(mappings, "timestamp")) {
        return wrong_usage("no --map for time_ms: every span needs its time");
    }
    if (std::ranges::none_of(mappings, [](const Mapping& m) { return m.field.is_dimension(); })) {
        return wrong_usage(
            "no --map says whom to charge: map one of service, domain, model, team ..., e.g. --map "
            "service==batch");
    }
    if (maps(mappings, "trace_id") != maps(mappings, "span_id")) {
        return wrong_usage(
            "--map trace_id and span_id together, or neither: an identity needs both");
    }
    return {};
}

Result<std::vector<Mapping>> parse_mappings(const std::vector<std::string>& texts) {
    std::vector<Mapping> mappings;
    for (const std::string& text : texts) {
        Result<Mapping> mapping = parse_mapping(text);
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

}  // namespace

struct CsvFeed::State {
    std::string path;
    std::ifstream file;
    std::unique_ptr<CsvReader> reader;  // borrows file
    std::vector<Mapping> mappings;
    size_t columns = 0;
    uint64_t rows = 0;  // read so far, without the header
    bool has_identity = false;

    Result<void> read_header();
    Result<void> add(const CsvRow& row, FeedBatch& batch) const;
    void identify(const CsvRow& row, Span& span) const;
};

Result<void> CsvFeed::State::read_header() {
    CsvRow header;
    const Result<bool> is_row = reader->next(header);
    if (!is_row) {
        return tl::make_unexpected(is_row.error());
    }
    if (!*is_row) {
        return failure(ErrorKind::kInput,
                       fmt::format("{}: empty; its first row should name the columns", path));
    }
    columns = header.fields.size();
    for (Mapping& mapping : mappings) {
        if (!mapping.column) {
            continue;
        }
        const Result<size_t> column = find_column(mapping, header.fields);
        if (!column) {
            return tl::make_unexpected(column.error());
        }
        mapping.column = *column;
    }
    return {};
}

Result<void> CsvFeed::State::add(const CsvRow& row, FeedBatch& batch) const {
    if (row.fields.size() != columns) {
        return failure(ErrorKind::kInput,
                       fmt::format("{}:{}: {} fields, but the first row has {}",
                                   path,
                                   row.line,
                                   row.fields.size(),
                                   columns));
    }
    Span& span = batch.add().span;
    for (const Mapping& mapping : mappings) {
        const std::string_view text =
            mapping.column ? row.fields[*mapping.column] : std::string_view(mapping.text);
        if (!mapping.field.set(text, batch)) {
            batch.spans.pop_back();
            return failure(ErrorKind::kInput,
                           fmt::format("{}:{}: column {} holds '{}', but {} must be {}",
                                       path,
                                       row.line,
                                       mapping.text,
                                       text,
                                       mapping.field.name(),
                                       mapping.field.wants()));
        }
    }
    if (!has_identity) {
        identify(row, span);
    }
    return {};
}

void CsvFeed::State::identify(const CsvRow& row, Span& span) const {
    const XXH128_hash_t hash = XXH3_128bits_withSeed(row.text.data(), row.text.size(), rows);
    span.trace_id = {.high = hash.high64 | 1, .low = hash.low64};
    span.span_id = XXH3_64bits_withSeed(row.text.data(), row.text.size(), ~rows) | 1;
}

CsvFeed::CsvFeed(std::unique_ptr<State> state) : state_(std::move(state)) {}
CsvFeed::~CsvFeed() = default;

Result<std::unique_ptr<CsvFeed>> CsvFeed::open(const CsvFeedOptions& options) {
    Result<std::vector<Mapping>> mappings = parse_mappings(options.maps);
    if (!mappings) {
        return tl::make_unexpected(mappings.error());
    }
    auto state = std::make_unique<State>();
    state->path = options.path;
    state->mappings = std::move(*mappings);
    state->has_identity = maps(state->mappings, "trace_id");
    state->file.open(options.path, std::ios::binary);
    if (!state->file) {
        return failure(ErrorKind::kInput,
                       fmt::format("{}: {}", options.path, std::strerror(errno)));
    }
    state->reader = std::make_unique<CsvReader>(state->file, options.path, options.delimiter);
    if (const Result<void> read = state->read_header(); !read) {
        return tl::make_unexpected(read.error());
    }
    return std::unique_ptr<CsvFeed>(new CsvFeed(std::move(state)));
}

Result<void> CsvFeed::fill(size_t spans_max, FeedBatch& batch) {
    while (batch.spans.size() < spans_max) {
        CsvRow row;
        const Result<bool> is_row = state_->reader->next(row);
        if (!is_row) {
            return tl::make_unexpected(is_row.error());
        }
        if (!*is_row) {
            return {};
        }
        if (Result<void> added = state_->add(row, batch); !added) {
            return added;
        }
        ++state_->rows;
    }
    return {};
}

}  // namespace spantoll::tools
