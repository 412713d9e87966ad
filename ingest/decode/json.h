#pragma once

#include <memory>
#include <string_view>

#include "ingest/decoded_record.h"

namespace spantoll::ingest {

// Reads a span object, or an array of them, with the member names of schemas/span.fbs
// (docs/semantics.md#spans). Malformed JSON anywhere, even in unknown members, refuses the record.
// An element that is not an object, or has a member of the wrong type, is refused alone. An object
// with `resourceSpans` is OTLP JSON, which is not read yet.
//
// Texts point into a copy of the record in `out`, because simdjson needs padding after its input.
// Thread: one at a time.
class JsonDecoder {
  public:
    JsonDecoder();
    ~JsonDecoder();
    JsonDecoder(const JsonDecoder&) = delete;
    JsonDecoder& operator=(const JsonDecoder&) = delete;

    void decode(std::string_view bytes, DecodedRecord& out);

  private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace spantoll::ingest
