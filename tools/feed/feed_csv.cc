#include "tools/feed/feed_csv.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <string_view>
#include <utility>
#include <xxhash.h>

#include <fmt/format.h>

#include "schemas/text/utf8.h"
#include "tools/feed/csv_reader.h"
#include "tools/feed/csv_text.h"
#include "tools/feed/feed_mapping.h"
#include "tools/process/stop_signal.h"

namespace spantoll::tools {
namespace {

constexpr size_t kCheckedAtOnce = 1'000;

// The name is the same whichever directory `feed` is started from. A pipe only has the name that
// was given.
std::string file_name(const CsvFeedOptions& options) {
    if (!options.name.empty()) {
        return options.name;
    }
    std::error_code failed;
    const std::filesystem::path full = std::filesystem::canonical(options.path, failed);
    return failed ? options.path : full.string();
}

bool is_cost(const FeedMapping& mapping) {
    return mapping.column && mapping.field.name().starts_with("cost_");
}

}  // namespace

struct CsvFeed::State {
    std::string path;
    std::ifstream file;
    std::unique_ptr<CsvReader> reader;  // borrows file
    std::vector<FeedMapping> mappings;
    XXH64_hash_t seed = 0;  // made of the file name and the mapping
    uint64_t from_line = 0;
    size_t columns = 0;
    uint64_t rows = 0;  // read so far, without the header
    uint64_t next_line = 0;
    bool has_identity = false;
    uint64_t empty_costs = 0;
    uint64_t first_empty_cost = 0;  // its line

    Result<void> read_header();
    Result<bool> next(CsvRow& row);
    Result<void> add(const CsvRow& row, FeedBatch& batch);
    Result<void> set(const FeedMapping& mapping, const CsvRow& row, FeedBatch& batch) const;
    void count_cost(const CsvRow& row);
    void identify(const CsvRow& row, Span& span) const;
    tl::unexpected<Error> error(const CsvRow& row, std::string_view what) const {
        return failure(ErrorKind::kInput, fmt::format("{}:{}: {}", path, row.line, what));
    }
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
    next_line = reader->line();
    return find_columns(header.fields, mappings);
}

// The next row to send.
Result<bool> CsvFeed::State::next(CsvRow& row) {
    Result<bool> is_row = reader->next(row);
    while (is_row && *is_row && row.line < from_line) {
        ++rows;
        is_row = reader->next(row);
    }
    next_line = is_row && !*is_row ? reader->line() : row.line;
    return is_row;
}

Result<void> CsvFeed::State::set(const FeedMapping& mapping,
                                 const CsvRow& row,
                                 FeedBatch& batch) const {
    const std::string_view text =
        mapping.column ? row.fields[*mapping.column] : std::string_view(mapping.text);
    if (!is_utf8(text)) {
        return error(row,
                     fmt::format("column {} holds {}, which is no UTF-8: if the file is Latin-1 or "
                                 "Windows-1252, write it anew with iconv -f WINDOWS-1252 -t UTF-8 "
                                 "IN > OUT",
                                 mapping.text,
                                 shown_cell(text)));
    }
    if (!mapping.field.set(text, batch)) {
        return error(row,
                     fmt::format("column {} holds {}, but {} must be {}",
                                 mapping.text,
                                 shown_cell(text),
                                 mapping.field.name(),
                                 mapping.field.wants(text)));
    }
    return {};
}

Result<void> CsvFeed::State::add(const CsvRow& row, FeedBatch& batch) {
    if (row.fields.size() != columns) {
        return error(
            row, fmt::format("{} fields, but the first row has {}", row.fields.size(), columns));
    }
    batch.add();
    for (const FeedMapping& mapping : mappings) {
        if (Result<void> set_one = set(mapping, row, batch); !set_one) {
            batch.spans.pop_back();
            return set_one;
        }
    }
    if (!has_identity) {
        identify(row, batch.spans.back().span);
    }
    count_cost(row);
    return {};
}

void CsvFeed::State::count_cost(const CsvRow& row) {
    const auto is_empty = [&](const FeedMapping& mapping) {
        return !is_cost(mapping) || trimmed(row.fields[*mapping.column]).empty();
    };
    if (std::ranges::any_of(mappings, is_cost) && std::ranges::all_of(mappings, is_empty)) {
        first_empty_cost = empty_costs++ == 0 ? row.line : first_empty_cost;
    }
}

void CsvFeed::State::identify(const CsvRow& row, Span& span) const {
    const std::string bytes = fmt::format("{}:{}", rows, row.text);
    const XXH128_hash_t trace = XXH3_128bits_withSeed(bytes.data(), bytes.size(), seed);
    span.trace_id = {.high = trace.high64 | 1, .low = trace.low64};
    span.span_id = XXH3_64bits_withSeed(bytes.data(), bytes.size(), ~seed) | 1;
}

CsvFeed::CsvFeed(std::unique_ptr<State> state) : state_(std::move(state)) {}
CsvFeed::~CsvFeed() = default;

Result<std::unique_ptr<CsvFeed>> CsvFeed::open(const CsvFeedOptions& options) {
    Result<std::vector<FeedMapping>> mappings = parse_mappings(options.maps);
    if (!mappings) {
        return tl::make_unexpected(mappings.error());
    }
    auto state = std::make_unique<State>();
    state->path = options.path;
    state->from_line = options.from_line;
    state->mappings = std::move(*mappings);
    state->has_identity = maps_field(state->mappings, "trace_id");
    state->file.open(options.path, std::ios::binary);
    if (!state->file) {
        return failure(ErrorKind::kInput,
                       fmt::format("{}: {}", options.path, std::strerror(errno)));
    }
    state->reader = std::make_unique<CsvReader>(state->file, options.path, options.delimiter);
    if (const Result<void> read = state->read_header(); !read) {
        return tl::make_unexpected(read.error());
    }
    const std::string origin = file_name(options) + '\0' + mapping_signature(state->mappings);
    state->seed = XXH3_64bits(origin.data(), origin.size());
    return std::unique_ptr<CsvFeed>(new CsvFeed(std::move(state)));
}

Result<void> CsvFeed::check(const CsvFeedOptions& options) {
    std::error_code failed;
    if (!std::filesystem::is_regular_file(options.path, failed)) {
        return {};  // a pipe can be read only once
    }
    Result<std::unique_ptr<CsvFeed>> feed = open(options);
    if (!feed) {
        return tl::make_unexpected(feed.error());
    }
    std::optional<Error> first;
    uint64_t more = 0;
    FeedBatch batch;
    CsvRow row;
    Result<bool> is_row = (*feed)->state_->next(row);
    for (; is_row && *is_row && !is_stop_requested(); is_row = (*feed)->state_->next(row)) {
        const Result<void> added = (*feed)->state_->add(row, batch);
        if (!added && !first) {
            first = added.error();
        } else if (!added) {
            ++more;
        }
        if (!added || batch.spans.size() >= kCheckedAtOnce) {
            batch.clear();
        }
    }
    if (!is_row && !first) {
        first = is_row.error();
    }
    if (!first) {
        return {};
    }
    const std::string others = more == 0 ? "" : fmt::format("; {} more rows are bad, too", more);
    return failure(first->kind, fmt::format("{}{}; nothing was sent", first->message, others));
}

Result<void> CsvFeed::fill(size_t spans_max, FeedBatch& batch) {
    State& state = *state_;
    while (batch.spans.size() < spans_max) {
        CsvRow row;
        const Result<bool> is_row = state.next(row);
        if (!is_row) {
            return tl::make_unexpected(is_row.error());
        }
        if (!*is_row) {
            return {};
        }
        if (Result<void> added = state.add(row, batch); !added) {
            return added;
        }
        ++state.rows;
        state.next_line = state.reader->line();
    }
    return {};
}

std::optional<uint64_t> CsvFeed::next_line() const {
    return state_->next_line;
}

std::string CsvFeed::remark() const {
    if (state_->empty_costs == 0) {
        return {};
    }
    const bool has_usage = std::ranges::any_of(state_->mappings, [](const FeedMapping& mapping) {
        return mapping.field.name().starts_with("usage.");
    });
    return fmt::format("{} rows have an empty cost (the first on line {}): {}",
                       state_->empty_costs,
                       state_->first_empty_cost,
                       has_usage ? "they are priced by their usage"
                                 : "they cost nothing, as no usage is mapped either");
}

}  // namespace spantoll::tools
