#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "schemas/error.h"
#include "tools/client/http_client.h"
#include "tools/feed/feed_encoder.h"

namespace spantoll::tools {

// One record to send; borrows everything.
struct FeedRecord {
    std::string_view key;  // decides the partition in Kafka
    std::string_view content_type;
    std::string_view bytes;  // framed as the target wants it
};

// Where records go: a file, a Kafka topic, or the HTTP listener of a processor. Tests have their
// own target.
class FeedTarget {
  public:
    FeedTarget() = default;
    FeedTarget(const FeedTarget&) = delete;
    FeedTarget& operator=(const FeedTarget&) = delete;
    virtual ~FeedTarget() = default;

    virtual Framing framing(Format format) const = 0;

    // Sends or queues one record. May wait, but returns soon after a stop is requested; then the
    // record may not have been sent. kUnavailable: nothing more can be sent. kDisk: the file cannot
    // be written.
    virtual Result<void> send(const FeedRecord& record) = 0;

    // Everything sent has arrived when this returns, or the error says how much has not.
    virtual Result<void> finish() = 0;

    // How many records are known to have arrived, counted from the first and without a gap. Empty
    // where everything that send() accepted has arrived.
    virtual std::optional<uint64_t> arrived_count() const { return std::nullopt; }

    // How many records the target refused.
    virtual uint64_t refused_count() const { return 0; }
    // Its reason for the first of them.
    virtual std::string refusal() const { return {}; }
};

struct FeedTargetOptions {
    std::string to;            // file:PATH, kafka:BROKERS/TOPIC, http://HOST:PORT
    HttpClientOptions client;  // for http
};

// kUsage: `to` has none of these forms. kUnavailable: nobody answers there. kDisk: the file cannot
// be written.
Result<std::unique_ptr<FeedTarget>> open_feed_target(const FeedTargetOptions& options);

}  // namespace spantoll::tools
