#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "tools/client/http_client.h"
#include "tools/feed/feed_target.h"

namespace spantoll::tools {

// Sends records to POST /v1/spans of a processor, one after the other. Where it answers "later"
// (503, 429) the record is sent again until it is taken. A processor may also restart: while nobody
// answers, the record is sent again for up to 30 s. A record counts as stored only when the answer
// is 202 with an offset.
class HttpTarget final : public FeedTarget {
  public:
    // kUsage: `url` is not a URL of a processor. kUnavailable: nobody answers there, or the server
    // is not a processor.
    static Result<std::unique_ptr<FeedTarget>> open(const std::string& url,
                                                    const HttpClientOptions& options);

    Framing framing(Format format) const override;
    Result<void> send(const FeedRecord& record) override;
    Result<void> finish() override;
    uint64_t refused_count() const override { return refused_; }
    std::string refusal() const override { return refusal_; }

  private:
    HttpTarget(std::string url, HttpClient client)
        : url_(std::move(url)), client_(std::move(client)) {}

    std::string unexpected_text(const HttpAnswer& answer) const;

    const std::string url_;
    HttpClient client_;
    uint64_t refused_ = 0;
    std::string refusal_;
};

}  // namespace spantoll::tools
