#pragma once

#include <cstddef>
#include <cstdint>
#include <istream>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "schemas/error.h"

namespace spantoll::tools {

// A row as long as this is a quote that was never closed: a record has at most 4 MiB.
inline constexpr size_t kCsvRowBytesMax = 4u << 20;

struct CsvRow {
    std::vector<std::string_view> fields;  // without their quotes
    std::string_view text;                 // the row as it stands in the file, without its end
    uint64_t line = 0;                     // of its first byte, from 1
};

// Rows of comma-separated values as RFC 4180 has them: fields in quotes may hold commas, line ends
// and doubled quotes; lines end with LF or CRLF; blank lines are no rows; blanks around a field
// belong to it. Byte order marks at the beginning of a row are passed over. The delimiter may be
// another. What is no such text at all (UTF-16, packed files, lines that end with CR alone) is
// named.
//
// Borrows `in`, which must be open. `name` is for messages.
class CsvReader {
  public:
    CsvReader(std::istream& in, std::string name, char delimiter = ',');
    ~CsvReader();
    CsvReader(const CsvReader&) = delete;
    CsvReader& operator=(const CsvReader&) = delete;

    // Reads the next row, which lives until the next call; false at the end. kInput: what is no
    // CSV, with file and line, and nothing after it can be read. kDisk: the file cannot be read.
    Result<bool> next(CsvRow& row);

    // The line that the first byte behind the last row belongs to, from 1.
    uint64_t line() const;

  private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace spantoll::tools
