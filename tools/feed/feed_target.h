#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "schemas/error.h"
#include "tools/feed/feed_encoder.h"

namespace spantoll::tools {

// One record on its way; borrows everything.
struct FeedRecord {
    std::string_view key;  // what Kafka's partitioner goes by
    std::string_view content_type;
    std::string_view bytes;  // framed as the target wants it
};

// Where records go: a file, a Kafka topic, a processor's HTTP listener. A test has its own.
class FeedTarget {
  public:
    FeedTarget() = default;
    FeedTarget(const FeedTarget&) = delete;
    FeedTarget& operator=(const FeedTarget&) = delete;
    virtual ~FeedTarget() = default;

    virtual Framing framing(Format format) const = 0;

    // Sends, or queues, one record. May wait, but no longer than until a stop is requested; then
    // the record may be left out. kUnavailable: nothing more can be sent; kDisk: of a file.
    virtual Result<void> send(const FeedRecord& record) = 0;

    // Everything sent has arrived when this returns, or an error says how much did not.
    virtual Result<void> finish() = 0;

    // How many of the records sent first are known to have arrived, without a gap. Empty where what
    // send() took has arrived.
    virtual std::optional<uint64_t> arrived_count() const { return std::nullopt; }

    // Records that the other side did not want.
    virtual uint64_t refused_count() const { return 0; }
    // What it said to the first of them.
    virtual std::string refusal() const { return {}; }
};

struct FeedTargetOptions {
    std::string to;     // file:PATH, kafka:BROKERS/TOPIC, http://HOST:PORT
    std::string token;  // Bearer, for http
};

// kUsage: `to` is none of these. kUnavailable: nobody answers there. kDisk: the file cannot be
// written.
Result<std::unique_ptr<FeedTarget>> open_feed_target(const FeedTargetOptions& options);

}  // namespace spantoll::tools
