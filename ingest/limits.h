#pragma once

#include <cstddef>
#include <cstdint>

namespace spantoll::ingest {

// Kafka's default message.max.bytes is 1 MiB; four times that leaves room for brokers set higher.
inline constexpr size_t kRecordBytesMax = 4u << 20;
inline constexpr size_t kSpansPerRecordMax = 10'000;
// Bound of logical bytes: every string and vector counts as often as it is referred to. A record
// may share texts, but its logical bytes may be at most 16 times its own size, or 1 MiB where that
// is more.
inline constexpr size_t kAmplificationMax = 16;
inline constexpr size_t kAmplifiedBytesFree = 1u << 20;
// A record that shares usage tables may name millions of quantities within the bound above. One
// unshared Usage takes at least 16 bytes of record, so 4 MiB hold 262,144 of them; four times as
// many take 24 MiB of memory.
inline constexpr size_t kUsagesPerRecordMax = 1u << 20;
// How deep arrays and objects may be nested in a JSON record. A span needs 4 levels.
inline constexpr size_t kJsonDepthMax = 512;
// Bound of a name in an account. Longer names are charged to ~invalid.
inline constexpr size_t kNameBytesMax = 256;
// RFC 1035 allows 255 bytes on the wire, which is 253 bytes of text.
inline constexpr size_t kHostBytesMax = 253;
// Four bytes of UTF-8 for every byte of a host name, and as many again for characters that UTS 46
// removes. Longer names are refused before UTS 46, whose work grows with its input.
inline constexpr size_t kUnicodeHostBytesMax = 8 * kHostBytesMax;
// A path segment of an operation that is longer than this is an identifier and becomes '*'.
inline constexpr size_t kSegmentBytesMax = 32;
// Hexadecimal segments of at least this length are identifiers.
inline constexpr size_t kHexSegmentBytesMin = 8;
// A dead letter carries at most this many bytes of the record.
inline constexpr size_t kDeadLetterBytesMax = 900u << 10;
// Plausible times lie between these bounds, exclusive: 2001-09-09 to 2286-11-20 in epoch
// milliseconds.
inline constexpr int64_t kTimeMsMin = 1'000'000'000'000;
inline constexpr int64_t kTimeMsMax = 10'000'000'000'000;

}  // namespace spantoll::ingest
