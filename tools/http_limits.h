#pragma once

#include <chrono>
#include <cstddef>

namespace spantoll::tools {

// A body is one record (ingest: kRecordBytesMax); what is longer is refused with 413, not stored.
inline constexpr size_t kHttpBodyBytesMax = 4u << 20;
// Request line; `GET /v1/check` with kAccountsPerCheckMax accounts of some 300 bytes, encoded.
inline constexpr size_t kHttpUrlBytesMax = 32u << 10;
inline constexpr size_t kHttpHeaderNameBytesMax = 256;
inline constexpr size_t kHttpHeaderBytesMax = 8u << 10;
inline constexpr size_t kHttpHeadersMax = 64;
// Each may hold a body: 256 x 4 MiB = 1 GiB at the very worst; one more is closed at once.
inline constexpr size_t kHttpConnectionsMax = 256;
inline constexpr size_t kHttpReadBufferBytes = 32u << 10;  // per connection: 8 MiB in all

// A whole request must arrive, and a whole response leave, within these; an idle connection is
// closed after the first.
inline constexpr std::chrono::seconds kHttpReadTime{30};
inline constexpr std::chrono::seconds kHttpWriteTime{30};
// Longer than the pause between two heartbeats of a stream.
inline constexpr std::chrono::seconds kHttpHandleTime{60};
// Answers under way at a stop get this long.
inline constexpr std::chrono::milliseconds kHttpStopTime{1000};

// Threads for what may block (RocksDB, the engine's mailbox up to 1 s), and how many wait for one.
inline constexpr size_t kHttpWorkers = 3;
inline constexpr size_t kHttpWaitingMax = 256;

// Records waiting for their fsync. One fsync takes as many as wait, up to these.
inline constexpr size_t kAppendWaitingMax = 256;
inline constexpr size_t kAppendWaitingBytesMax = 128u << 20;
inline constexpr size_t kAppendBatchRecordsMax = 256;
inline constexpr size_t kAppendBatchBytesMax = 16u << 20;

inline constexpr size_t kQueryParametersMax = 128;
inline constexpr size_t kAccountsPerCheckMax = 32;
// Six dimensions of 256 bytes, each byte escaped as %XX, fit.
inline constexpr size_t kAccountBytesMax = 8u << 10;

// GET /v1/decisions: lines of one answer, and how many rows a filtered request looks at, about a
// second of reading; the answer's Spantoll-Next-After says where to go on.
inline constexpr size_t kDecisionsPerAnswerDefault = 1000;
inline constexpr size_t kDecisionsPerAnswerMax = 10'000;
inline constexpr size_t kDecisionsScannedMax = 200'000;
// One read of the log, and so what a stream buffers: 256 decisions of about 1 KiB.
inline constexpr size_t kDecisionsPerPage = 256;
inline constexpr size_t kDecisionBytesPerAnswerMax = 16u << 20;

inline constexpr size_t kStreamsMax = 64;
inline constexpr std::chrono::seconds kHeartbeatPause{15};
// A stream that nobody woke looks for new decisions this often.
inline constexpr std::chrono::milliseconds kStreamTick{1000};

// The client: an answer longer than this is refused.
inline constexpr size_t kClientAnswerBytesMax = 64u << 20;
// Errors, offsets and health are some hundred bytes; more than this is no answer of ours.
inline constexpr size_t kClientJsonBytesMax = 64u << 10;
// A token of 256 bits takes 64 bytes in hex; a header line takes 8 KiB.
inline constexpr size_t kTokenBytesMax = 4u << 10;

}  // namespace spantoll::tools
