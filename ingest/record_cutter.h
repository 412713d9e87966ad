#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "schemas/error.h"

namespace spantoll::ingest {

// How a file is cut into records:
//
//   kSizePrefixed     ( size:u32 little-endian, bytes[size] )*    what FinishSizePrefixed writes
//   kJsonLines        ( line LF )*  [ line ]                      a CR before the LF belongs to it
//   kLengthDelimited  ( size:varint, bytes[size] )*               protobuf's delimited streams
enum class FileFormat : uint8_t { kSizePrefixed, kJsonLines, kLengthDelimited };

// Recognises the format by content. The identifier SPB1 at byte 8 (after the size and the root
// offset) means kSizePrefixed. A first non-blank byte '{' or '[', a beginning that is text, or an
// empty file means kJsonLines. Everything else is kLengthDelimited. A byte order mark at the
// beginning makes no difference, and a line that holds nothing else counts as blank.
FileFormat tell_format(std::string_view content);

// One record of a file, borrowed from its content.
struct FileRecord {
    int64_t offset = 0;  // from 0; JSON lines: the line number, blank lines included
    std::string_view bytes;
};

// Walks over the records of one file's content, which must outlive it. A value type: copy it to
// return to a position.
//
//   RecordCutter cutter(content, tell_format(content));
//   for (auto record = cutter.next(); record && *record; record = cutter.next()) { ... }
class RecordCutter {
  public:
    RecordCutter() = default;
    RecordCutter(std::string_view content, FileFormat format)
        : content_(content), format_(format) {}

    // The next record; empty at the end. The error is one sentence that names the byte where the
    // content cannot be cut; every further call returns it again.
    tl::expected<std::optional<FileRecord>, std::string> next();

    // The first byte after the records handed out so far.
    size_t byte_position() const { return position_; }
    // One past the last offset that was used (in JSON lines blank lines use one as well).
    int64_t next_offset() const { return next_offset_; }

  private:
    std::optional<FileRecord> next_line();
    tl::expected<std::optional<FileRecord>, std::string> next_sized();

    std::string_view content_;
    size_t position_ = 0;
    int64_t next_offset_ = 0;
    FileFormat format_ = FileFormat::kJsonLines;
};

}  // namespace spantoll::ingest
