#include "store/topic/record.h"

#include "schemas/check.h"

namespace spantoll::store {
namespace {

constexpr char kVersion = 1;
constexpr char kVersionWithSet = 2;
constexpr size_t kHeadSize = 1 + 8 + 8 + 4;
constexpr size_t kSetSizeSize = 4;
constexpr size_t kPositionSize = 1 + 5 * 8;

void put_little_endian(std::string& out, uint64_t value, size_t size) {
    for (size_t i = 0; i < size; ++i) {
        out.push_back(static_cast<char>(value >> (8 * i) & 0xff));
    }
}

uint64_t take_little_endian(std::string_view& bytes, size_t size) {
    uint64_t value = 0;
    for (size_t i = size; i-- > 0;) {
        value = value << 8 | static_cast<unsigned char>(bytes[i]);
    }
    bytes.remove_prefix(size);
    return value;
}

}  // namespace

std::string topic_key(int64_t offset) {
    CHECK(offset >= 0, "offsets of the embedded topic count from 0");
    std::string key;
    for (int shift = 56; shift >= 0; shift -= 8) {
        key.push_back(static_cast<char>(static_cast<uint64_t>(offset) >> shift & 0xff));
    }
    return key;
}

std::optional<int64_t> parse_topic_key(std::string_view key) {
    if (key.size() != sizeof(int64_t)) {
        return std::nullopt;
    }
    uint64_t offset = 0;
    for (const char c : key) {
        offset = offset << 8 | static_cast<unsigned char>(c);
    }
    return static_cast<int64_t>(offset);
}

void put_topic_record(std::string& value, const TopicRecord& record) {
    value.assign(1, record.set.empty() ? kVersion : kVersionWithSet);
    put_little_endian(value, static_cast<uint64_t>(record.append_ms), 8);
    put_little_endian(value, record.bytes_end, 8);
    put_little_endian(value, record.content_type.size(), 4);
    if (!record.set.empty()) {
        put_little_endian(value, record.set.size(), kSetSizeSize);
    }
    value.append(record.content_type);
    value.append(record.set);
    value.append(record.bytes);
}

std::optional<TopicRecord> parse_topic_record(std::string_view value) {
    const bool has_set = !value.empty() && value.front() == kVersionWithSet;
    if (value.size() < kHeadSize + (has_set ? kSetSizeSize : 0) ||
        (!has_set && value.front() != kVersion)) {
        return std::nullopt;
    }
    value.remove_prefix(1);
    TopicRecord record;
    record.append_ms = static_cast<int64_t>(take_little_endian(value, 8));
    record.bytes_end = take_little_endian(value, 8);
    const uint64_t type_size = take_little_endian(value, 4);
    const uint64_t set_size = has_set ? take_little_endian(value, kSetSizeSize) : 0;
    if (type_size + set_size > value.size() || (has_set && set_size == 0)) {
        return std::nullopt;
    }
    record.content_type = value.substr(0, type_size);
    record.set = value.substr(type_size, set_size);
    record.bytes = value.substr(type_size + set_size);
    return record;
}

uint64_t topic_record_size(const TopicRecord& record) {
    const size_t set_size = record.set.empty() ? 0 : kSetSizeSize + record.set.size();
    return kHeadSize + record.content_type.size() + set_size + record.bytes.size();
}

std::string encode_position(const TopicPosition& position) {
    std::string value(1, kVersion);
    put_little_endian(value, static_cast<uint64_t>(position.begin), 8);
    put_little_endian(value, static_cast<uint64_t>(position.end), 8);
    put_little_endian(value, static_cast<uint64_t>(position.append_ms), 8);
    put_little_endian(value, position.bytes_begin, 8);
    put_little_endian(value, position.bytes_end, 8);
    return value;
}

std::optional<TopicPosition> decode_position(std::string_view value) {
    if (value.size() != kPositionSize || value.front() != kVersion) {
        return std::nullopt;
    }
    value.remove_prefix(1);
    TopicPosition position;
    position.begin = static_cast<int64_t>(take_little_endian(value, 8));
    position.end = static_cast<int64_t>(take_little_endian(value, 8));
    position.append_ms = static_cast<int64_t>(take_little_endian(value, 8));
    position.bytes_begin = take_little_endian(value, 8);
    position.bytes_end = take_little_endian(value, 8);
    return position;
}

}  // namespace spantoll::store
