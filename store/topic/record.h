#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace spantoll::store {

// Rows of the embedded topic.
//
//     key    := offset                                            8 bytes, big-endian
//     value  := 0x01 append_ms bytes_end type_size type bytes     8, 8, 4 bytes, little-endian
//             | 0x02 append_ms bytes_end type_size set_size type set bytes         the sizes 4, 4
//
// The second form is that of records whose spans have dimensions set (ingest/posted_as.h).
// bytes_end: the size of every record ever appended, this one included. Neither it nor append_ms
// ever falls, so retention finds what to remove by binary search, without reading the log.
struct TopicRecord {
    int64_t append_ms = 0;
    uint64_t bytes_end = 0;
    std::string_view content_type;  // borrowed
    std::string_view bytes;         // borrowed
    std::string_view set = {};      // borrowed
};

std::string topic_key(int64_t offset);
std::optional<int64_t> parse_topic_key(std::string_view key);

void put_topic_record(std::string& value, const TopicRecord& record);
// Views into `value`.
std::optional<TopicRecord> parse_topic_record(std::string_view value);

// What a row of it counts for retention: its value.
uint64_t topic_record_size(const TopicRecord& record);

// Where the log stood when its old end was last cut; needed where no record is left to tell it.
//     value  := 0x01 begin end append_ms bytes_begin bytes_end
struct TopicPosition {
    int64_t begin = 0;  // offset of the oldest record kept
    int64_t end = 0;    // one past the newest
    int64_t append_ms = 0;
    uint64_t bytes_begin = 0;  // bytes_end of the record before `begin`
    uint64_t bytes_end = 0;
    bool operator==(const TopicPosition&) const = default;
};
inline constexpr std::string_view kPositionKey = "POSITION";

std::string encode_position(const TopicPosition& position);
std::optional<TopicPosition> decode_position(std::string_view value);

}  // namespace spantoll::store
