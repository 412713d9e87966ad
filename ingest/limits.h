#pragma once

#include <cstddef>
#include <cstdint>

namespace spantoll::ingest {

// Kafka's default message.max.bytes is 1 MiB; four times that leaves room for brokers set higher.
inline constexpr size_t kRecordBytesMax = 4u << 20;
inline constexpr size_t kSpansPerRecordMax = 10'000;
// Logical bytes (every string and vector as often as it is referred to) against the record's own:
// a record may share texts, but may not claim more than 16 times itself, nor over 1 MiB if small.
inline constexpr size_t kAmplificationMax = 16;
inline constexpr size_t kAmplifiedBytesFree = 1u << 20;
// A record that shares usage tables may name millions of quantities within the bound above: 16
// bytes of record make one unshared Usage, so 4 MiB holds 262,144; four times that is 24 MiB of
// memory.
inline constexpr size_t kUsagesPerRecordMax = 1u << 20;
// Nesting of arrays and objects in a JSON record. A span needs 4.
inline constexpr size_t kJsonDepthMax = 512;
// A name in an account: longer ones are charged to ~invalid.
inline constexpr size_t kNameBytesMax = 256;
// RFC 1035: a host name has 255 bytes on the wire.
inline constexpr size_t kHostBytesMax = 253;
// Four bytes of UTF-8 for every one of a host name, and as many again for what UTS 46 leaves out.
// Longer ones are refused before UTS 46, whose work grows with its input.
inline constexpr size_t kUnicodeHostBytesMax = 8 * kHostBytesMax;
// An operation's path segment longer than this is an identifier and becomes '*'.
inline constexpr size_t kSegmentBytesMax = 32;
// Hexadecimal segments from this length on are identifiers.
inline constexpr size_t kHexSegmentBytesMin = 8;
// Dead letters carry the record's bytes up to here.
inline constexpr size_t kDeadLetterBytesMax = 900u << 10;
// Plausible times: 2001-09-09 to 2286-11-20 in epoch milliseconds, exclusive.
inline constexpr int64_t kTimeMsMin = 1'000'000'000'000;
inline constexpr int64_t kTimeMsMax = 10'000'000'000'000;

}  // namespace spantoll::ingest
