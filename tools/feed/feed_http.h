#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "tools/client/http_client.h"
#include "tools/feed/feed_target.h"

namespace spantoll::tools {

// Records to a processor's POST /v1/spans, one after the other. Where it says "later" (503, 429),
// or goes away, the record is sent again until it is taken: a processor may restart meanwhile. A
// record counts as stored only by an answer of 202 that says at which offset.
class HttpTarget final : public FeedTarget {
  public:
    // kUnavailable: nobody answers there, or no processor.
    static Result<std::unique_ptr<FeedTarget>> open(const std::string& url,
                                                    const std::string& token);

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
