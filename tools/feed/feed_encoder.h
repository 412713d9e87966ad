#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "schemas/format.h"
#include "tools/feed/feed_batch.h"

namespace spantoll::tools {

// What surrounds the bytes of a record at its target: nothing in a message; in a file a size before
// it, or a line end after it.
enum class Framing : uint8_t { kNone, kSizePrefix, kLine };

// Encodes batches as records: a SpanBatch, or a JSON array of span objects (for one span just the
// object). In FlatBuffers a text that several spans of a batch share is written once. Thread: one
// at a time.
class FeedEncoder {
  public:
    // `format` must be FlatBuffers or JSON, the only formats that can be written.
    FeedEncoder(Format format, Framing framing);
    ~FeedEncoder();
    FeedEncoder(const FeedEncoder&) = delete;
    FeedEncoder& operator=(const FeedEncoder&) = delete;

    // The batch must not be empty. The result is valid until the next call.
    std::string_view encode(const FeedBatch& batch);

    // Frames any bytes as a record of their own.
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
