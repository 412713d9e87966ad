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

// A longer row means that a quote was never closed: a record has at most 4 MiB.
inline constexpr size_t kCsvRowBytesMax = 4u << 20;

struct CsvRow {
    std::vector<std::string_view> fields;  // without their quotes
    std::string_view text;                 // the row as in the file, without its line end
    uint64_t line = 0;                     // line of its first byte, from 1
};

// Rows of comma-separated values as in RFC 4180. Quoted fields may hold commas, line ends and
// doubled quotes; lines end with LF or CRLF; blank lines are skipped; blanks around a field belong
// to it. Byte order marks at the beginning of a row are skipped. Another delimiter can be chosen.
// For input that is not such a text (UTF-16, compressed files, lines that end with CR alone) the
// error says what it is.
//
// Borrows `in`, which must be open. `name` is used in messages.
class CsvReader {
  public:
    CsvReader(std::istream& in, std::string name, char delimiter = ',');
    ~CsvReader();
    CsvReader(const CsvReader&) = delete;
    CsvReader& operator=(const CsvReader&) = delete;

    // Reads the next row, which is valid until the next call; false at the end. kInput: the text is
    // not CSV, with file and line; nothing can be read after that. kDisk: the file cannot be read.
    Result<bool> next(CsvRow& row);

    // The line of the first byte after the last row, from 1.
    uint64_t line() const;

  private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace spantoll::tools
