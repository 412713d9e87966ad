#include "tools/feed/csv_reader.h"

#include <algorithm>
#include <array>
#include <csv.h>
#include <utility>

#include <fmt/format.h>

#include "schemas/check.h"
#include "tools/feed/csv_text.h"

namespace spantoll::tools {
namespace {

constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";
constexpr size_t kReadBytes = 64u << 10;

// Tells libcsv what ends a line and which blanks to skip, so that CR LF ends a line and every other
// blank belongs to its field.
int is_line_end(unsigned char byte) {
    return byte == '\n' ? 1 : 0;
}
int is_passed_over(unsigned char byte) {
    return byte == '\r' ? 1 : 0;
}

}  // namespace

struct CsvReader::State {
    std::istream& in;
    const std::string name;
    csv_parser parser{};
    std::array<char, kReadBytes> buffer{};
    std::string_view unread;  // the part of the buffer not yet parsed
    uint64_t line = 1;        // of the next byte
    bool is_begun = false;

    // The row being read, and whether libcsv has seen its end.
    std::string row_text;
    std::string field_text;          // of all fields, one after another
    std::vector<size_t> field_ends;  // into field_text
    uint64_t row_line = 1;
    bool row_is_complete = false;
    std::vector<std::string_view> fields;

    State(std::istream& input, std::string input_name) : in(input), name(std::move(input_name)) {}

    static void on_field(void* bytes, size_t size, void* self) {
        auto& state = *static_cast<State*>(self);
        state.field_text.append(static_cast<const char*>(bytes), size);
        state.field_ends.push_back(state.field_text.size());
    }
    static void on_row(int /*end*/, void* self) {
        static_cast<State*>(self)->row_is_complete = true;
    }

    void begin_row() {
        row_text.clear();
        field_text.clear();
        field_ends.clear();
        row_line = line;
        row_is_complete = false;
    }
    Result<void> begin();
    bool fill();
    void pass_over_marks();
    Result<void> take_line();
    Result<void> take_end();
    CsvRow row();
    tl::unexpected<Error> error(std::string_view what) const {
        return failure(ErrorKind::kInput, fmt::format("{}:{}: {}", name, row_line, what));
    }
};

// Checks what kind of file this is.
Result<void> CsvReader::State::begin() {
    is_begun = true;
    fill();
    if (const std::string_view kind = what_is_no_csv(unread); !kind.empty()) {
        return failure(ErrorKind::kInput, fmt::format("{}: {}", name, kind));
    }
    return {};
}

// Appends more of the file to the unread bytes. False at the end of the file.
bool CsvReader::State::fill() {
    const size_t kept = unread.size();
    std::copy(unread.begin(), unread.end(), buffer.begin());
    in.read(buffer.data() + kept, static_cast<std::streamsize>(buffer.size() - kept));
    const auto more = static_cast<size_t>(in.gcount());
    unread = std::string_view(buffer.data(), kept + more);
    return more > 0;
}

// A byte order mark at the beginning of a row is not part of its first field. Concatenated files
// have one wherever one of them began, and some exports begin every row with it.
void CsvReader::State::pass_over_marks() {
    while (true) {
        if (unread.size() < kByteOrderMark.size() && kByteOrderMark.starts_with(unread)) {
            fill();
        }
        if (!unread.starts_with(kByteOrderMark)) {
            return;
        }
        unread.remove_prefix(kByteOrderMark.size());
    }
}

// Gives libcsv the bytes up to the end of the line, or as many as were read.
Result<void> CsvReader::State::take_line() {
    const size_t end = unread.find('\n');
    const bool is_whole = end != std::string_view::npos;
    const std::string_view piece = unread.substr(0, is_whole ? end + 1 : unread.size());
    unread.remove_prefix(piece.size());
    row_text += piece;
    if (row_text.size() > kCsvRowBytesMax) {
        return error("the row that begins here is over 4 MiB long: is a quote not closed?");
    }
    if (csv_parse(&parser, piece.data(), piece.size(), on_field, on_row, this) != piece.size()) {
        return error(csv_error(&parser) == CSV_EPARSE
                         ? "a quote stands inside a field; put the field in quotes and double it"
                         : csv_strerror(csv_error(&parser)));
    }
    line += is_whole ? 1 : 0;
    if (is_whole && !row_is_complete && field_ends.empty() &&
        row_text.find_first_not_of("\r\n") == std::string::npos) {
        begin_row();  // a blank line
    }
    return {};
}

Result<void> CsvReader::State::take_end() {
    if (in.bad()) {
        return failure(ErrorKind::kDisk, fmt::format("{}: cannot be read to its end", name));
    }
    if (csv_fini(&parser, on_field, on_row, this) != 0) {
        return error("a quote is opened in the row that begins here and never closed");
    }
    return {};
}

CsvRow CsvReader::State::row() {
    fields.clear();
    size_t begin = 0;
    for (const size_t end : field_ends) {
        fields.push_back(std::string_view(field_text).substr(begin, end - begin));
        begin = end;
    }
    std::string_view text = row_text;
    text.remove_suffix(text.size() - (text.find_last_not_of("\r\n") + 1));
    return {.fields = fields, .text = text, .line = row_line};
}

CsvReader::CsvReader(std::istream& in, std::string name, char delimiter)
    : state_(std::make_unique<State>(in, std::move(name))) {
    const int failed = csv_init(&state_->parser, CSV_STRICT | CSV_STRICT_FINI);
    CHECK(failed == 0, "libcsv takes these options");
    csv_set_delim(&state_->parser, static_cast<unsigned char>(delimiter));
    csv_set_term_func(&state_->parser, is_line_end);
    csv_set_space_func(&state_->parser, is_passed_over);
}

CsvReader::~CsvReader() {
    csv_free(&state_->parser);
}

Result<bool> CsvReader::next(CsvRow& row) {
    State& state = *state_;
    if (!state.is_begun) {
        if (const Result<void> begun = state.begin(); !begun) {
            return tl::make_unexpected(begun.error());
        }
    }
    state.begin_row();
    while (!state.row_is_complete) {
        if (state.row_text.empty()) {
            state.pass_over_marks();
        }
        if (state.unread.empty() && !state.fill()) {
            if (const Result<void> ended = state.take_end(); !ended) {
                return tl::make_unexpected(ended.error());
            }
            if (!state.row_is_complete) {
                return false;
            }
            break;
        }
        if (const Result<void> taken = state.take_line(); !taken) {
            return tl::make_unexpected(taken.error());
        }
    }
    row = state.row();
    return true;
}

uint64_t CsvReader::line() const {
    return state_->line;
}

}  // namespace spantoll::tools
