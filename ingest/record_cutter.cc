#include "ingest/record_cutter.h"

#include <algorithm>

#include <fmt/format.h>

#include "ingest/foreign_encoding.h"

namespace spantoll::ingest {
namespace {

constexpr std::string_view kIdentifier = "SPB1";
constexpr size_t kIdentifierPosition = 8;
constexpr size_t kSizeBytes = 4;
constexpr std::string_view kBlanks = " \t\r";
// A 64-bit varint has at most ten bytes, with seven bits each.
constexpr size_t kVarintBytesMax = 10;
// How many bytes of a file are read to distinguish text from protobuf. A delimited message of more
// than a few bytes has tags that are control characters near its beginning.
constexpr size_t kTextProbeBytes = 4096;

bool is_text_byte(char byte) {
    const auto value = static_cast<unsigned char>(byte);
    return value == '\t' || value == '\n' || value == '\r' || (value >= 0x20 && value != 0x7f);
}

struct Prefix {
    uint64_t size = 0;
    size_t bytes = 0;  // length of the prefix; 0 = it does not end in the content
};

Prefix read_little_endian(std::string_view content) {
    Prefix prefix;
    if (content.size() < kSizeBytes) {
        return prefix;
    }
    prefix.bytes = kSizeBytes;
    for (size_t i = 0; i < kSizeBytes; ++i) {
        prefix.size |= uint64_t{static_cast<unsigned char>(content[i])} << (8 * i);
    }
    return prefix;
}

Prefix read_varint(std::string_view content) {
    Prefix prefix;
    const size_t end = std::min(content.size(), kVarintBytesMax);
    for (size_t i = 0; i < end; ++i) {
        const auto byte = static_cast<unsigned char>(content[i]);
        prefix.size |= uint64_t{byte & 0x7fU} << (7 * i);
        if ((byte & 0x80U) == 0) {
            prefix.bytes = i + 1;
            break;
        }
    }
    return prefix;
}

}  // namespace

FileFormat tell_format(std::string_view content) {
    if (content.size() >= kIdentifierPosition + kIdentifier.size() &&
        content.substr(kIdentifierPosition, kIdentifier.size()) == kIdentifier) {
        return FileFormat::kSizePrefixed;
    }
    const std::string_view text = without_byte_order_mark(content);
    const size_t first = text.find_first_not_of(" \t\r\n");
    if (first == std::string_view::npos || text[first] == '{' || text[first] == '[') {
        return FileFormat::kJsonLines;
    }
    const std::string_view beginning = content.substr(0, kTextProbeBytes);
    return std::ranges::all_of(beginning, is_text_byte) ? FileFormat::kJsonLines
                                                        : FileFormat::kLengthDelimited;
}

tl::expected<std::optional<FileRecord>, std::string> RecordCutter::next() {
    if (format_ == FileFormat::kJsonLines) {
        return next_line();
    }
    return next_sized();
}

std::optional<FileRecord> RecordCutter::next_line() {
    while (position_ < content_.size()) {
        const size_t end = std::min(content_.find('\n', position_), content_.size());
        std::string_view line = content_.substr(position_, end - position_);
        position_ = std::min(end + 1, content_.size());
        const int64_t offset = next_offset_++;
        if (line.ends_with('\r')) {
            line.remove_suffix(1);
        }
        // Files that were concatenated may each begin with a byte order mark.
        const std::string_view text = without_byte_order_mark(line);
        if (text.find_first_not_of(kBlanks) != std::string_view::npos) {
            return FileRecord{.offset = offset, .bytes = line};
        }
    }
    return std::nullopt;
}

tl::expected<std::optional<FileRecord>, std::string> RecordCutter::next_sized() {
    const std::string_view rest = content_.substr(position_);
    if (rest.empty()) {
        return std::nullopt;
    }
    const Prefix prefix =
        format_ == FileFormat::kSizePrefixed ? read_little_endian(rest) : read_varint(rest);
    if (prefix.bytes == 0) {
        return tl::make_unexpected(
            fmt::format("the size of record {} at byte {} is cut off or too long; the file has {} "
                        "bytes",
                        next_offset_,
                        position_,
                        content_.size()));
    }
    if (prefix.size > rest.size() - prefix.bytes) {
        return tl::make_unexpected(
            fmt::format("record {} at byte {} should have {} bytes, but only {} follow",
                        next_offset_,
                        position_,
                        prefix.size,
                        rest.size() - prefix.bytes));
    }
    const std::string_view bytes = rest.substr(prefix.bytes, prefix.size);
    position_ += prefix.bytes + bytes.size();
    return FileRecord{.offset = next_offset_++, .bytes = bytes};
}

}  // namespace spantoll::ingest
