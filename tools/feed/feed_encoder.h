#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "schemas/format.h"
#include "tools/feed/feed_batch.h"

namespace spantoll::tools {

// What stands around a record's bytes where it goes: nothing in a message, a size before it or a
// line's end after it in a file.
enum class Framing : uint8_t { kNone, kSizePrefix, kLine };

// Batches to record bytes: a SpanBatch, or a JSON array of span objects (one span: the object).
// Texts that several spans of a batch have in common are written once in FlatBuffers.
// Thread: one at a time.
class FeedEncoder {
  public:
    // Of FlatBuffers or JSON, the formats that are written.
    FeedEncoder(Format format, Framing framing);
    ~FeedEncoder();
    FeedEncoder(const FeedEncoder&) = delete;
    FeedEncoder& operator=(const FeedEncoder&) = delete;

    // The batch must have spans. The result lives until the next call.
    std::string_view encode(const FeedBatch& batch);

    // Any bytes as a record of their own, framed in the same way.
    std::string_view frame(std::string_view bytes);

  private:
    struct FlatBuffers;
    std::string_view encode_flatbuffers(const FeedBatch& batch);

    const Format format_;
    const Framing framing_;
    std::unique_ptr<FlatBuffers> flatbuffers_;
    std::string text_;
};

// One JSON span object, with the names of the wire schema; absent fields are left out.
void append_json(const FeedBatch& batch, const FeedSpan& span, std::string& out);

}  // namespace spantoll::tools
