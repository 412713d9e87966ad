// Any bytes as a CSV file. The rows do not depend on how much of it is read at once, every row is
// in the file, and whatever a mapping makes of them can be encoded.

#include <cstddef>
#include <cstdint>
#include <sstream>
#include <streambuf>
#include <string>
#include <string_view>
#include <vector>

#include "schemas/check.h"
#include "tools/feed/csv_reader.h"
#include "tools/feed/csv_text.h"
#include "tools/feed/feed_encoder.h"
#include "tools/feed/feed_fields.h"

namespace {

using spantoll::Result;
using spantoll::tools::CsvReader;
using spantoll::tools::CsvRow;
using spantoll::tools::FeedBatch;
using spantoll::tools::FeedField;

struct Read {
    std::vector<std::vector<std::string>> rows;
    std::vector<uint64_t> lines;
    std::string error;
};

Read read(std::istream& in) {
    CsvReader reader(in, "fuzzed");
    Read all;
    CsvRow row;
    Result<bool> is_row = reader.next(row);
    for (; is_row && *is_row; is_row = reader.next(row)) {
        CHECK(all.lines.empty() || row.line > all.lines.back(), "every row begins on a later line");
        CHECK(reader.line() >= row.line, "and ends behind it");
        all.rows.emplace_back(row.fields.begin(), row.fields.end());
        all.lines.push_back(row.line);
    }
    all.error = is_row ? "" : is_row.error().message;
    return all;
}

// Fields of every kind, from whatever stands in the first columns.
void encode(const std::vector<std::vector<std::string>>& rows) {
    constexpr std::string_view kNames[] = {
        "time_ms", "service", "cost_usd", "duration_us", "usage.input_tokens", "attributes.note"};
    std::vector<FeedField> fields;
    for (const std::string_view name : kNames) {
        fields.push_back(*FeedField::named(name));
    }
    FeedBatch batch;
    for (const std::vector<std::string>& row : rows) {
        batch.add();
        for (size_t i = 0; i < fields.size() && i < row.size(); ++i) {
            if (!fields[i].set(row[i], batch)) {
                CHECK(!fields[i].wants(row[i]).empty(), "a field says what it wants");
                CHECK(!spantoll::tools::shown_cell(row[i]).empty(), "and a cell can be shown");
                batch.spans.pop_back();  // as the feed does
                break;
            }
        }
    }
    if (!batch.spans.empty()) {
        using spantoll::Format;
        using spantoll::tools::Framing;
        for (const Format format : {Format::kFlatBuffers, Format::kJson}) {
            spantoll::tools::FeedEncoder encoder(format, Framing::kNone);
            CHECK(!encoder.encode(batch).empty(), "spans make a record");
        }
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    const std::string text(static_cast<const char*>(static_cast<const void*>(data)), size);
    std::istringstream in(text);
    const Read all = read(in);
    for (const auto& row : all.rows) {
        for (const std::string& field : row) {
            const std::string_view kept = spantoll::tools::trimmed(field);
            CHECK(spantoll::tools::trimmed(kept) == kept, "what is trimmed is trimmed");
        }
    }
    encode(all.rows);
    return 0;
}
