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
// Request line and all headers; kept in memory as they came until they have ended.
inline constexpr size_t kHttpHeadBytesMax = 64u << 10;
// Connections. One more takes the place of one that waits for its client, see tools/http/places.h.
inline constexpr size_t kHttpConnectionsMax = 256;
// Beyond these, for /healthz, /readyz and /metrics alone: an orchestrator and a few scrapers.
inline constexpr size_t kHttpHealthPlaces = 16;
// From one address that is not loopback: half are left to others, whatever one client does.
inline constexpr size_t kHttpPlacesPerAddress = 128;
// A client that is this slow gives its place away before others: some round trips around the world.
inline constexpr std::chrono::milliseconds kHttpPlaceKept{1000};
// A body of which so much came within this time keeps its place: 16 KiB/s, a poor phone's upload.
inline constexpr std::chrono::milliseconds kHttpBodyKept{250};
inline constexpr size_t kHttpBodyFairBytes = 4u << 10;
// Bodies that are being read, of all connections together: 32 of the greatest. What has been read
// waits in the append queue, which has its own bound.
inline constexpr size_t kHttpBodiesBytesMax = 128u << 20;
inline constexpr size_t kHttpReadBufferBytes = 32u << 10;  // per connection: 8 MiB in all

// A whole request must arrive, and a whole response leave, within these; an idle connection is
// closed after the first.
inline constexpr std::chrono::seconds kHttpReadTime{30};
inline constexpr std::chrono::seconds kHttpWriteTime{30};
// Longer than the pause between two heartbeats of a stream.
inline constexpr std::chrono::seconds kHttpHandleTime{60};
// After the last answer of a connection, what still comes is read and thrown away, so that the end
// of the connection does not overtake the answer. At most for so long, and so many bytes.
inline constexpr std::chrono::seconds kHttpDrainTime{10};
inline constexpr size_t kHttpDrainBytesMax = 16u << 20;
// Pause after a failed accept(2): the descriptors or the memory that it lacked may be back then.
inline constexpr std::chrono::milliseconds kHttpAcceptPause{100};
// Log lines about failed accepts come no closer than this.
inline constexpr std::chrono::seconds kHttpAcceptLogPause{10};
// And those about answers of 500.
inline constexpr std::chrono::seconds kHttpErrorLogPause{10};
// A peer that acknowledges nothing for so long is gone.
inline constexpr std::chrono::seconds kHttpPeerTime{30};
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
// A body of checks up to here is answered by the thread that serves all connections: some 64 of
// them, a tenth of a millisecond.
inline constexpr size_t kChecksAtOnceBytesMax = 8u << 10;
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
// A stream that nobody woke looks for new decisions this often, and it is looked this often for
// connections whose time is over.
inline constexpr std::chrono::milliseconds kStreamTick{1000};

}  // namespace spantoll::tools
