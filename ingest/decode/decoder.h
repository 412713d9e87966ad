#pragma once

#include <memory>
#include <string_view>

#include "ingest/decoded_record.h"
#include "schemas/format.h"

namespace spantoll::ingest {

// Decodes bytes to spans. The content type decides the format, or else the bytes do
// (docs/semantics.md#spans). Refuses records as a whole for the first four reasons of Refusal. It
// never fails otherwise: a span that cannot be read is marked in its flags.
//
// A content type that does not name one of our formats is ignored, because producers write
// application/octet-stream. If it names one, the bytes must have that format.
//
// Thread: one at a time. The texts of `out` point into `bytes` and `out` itself.
class Decoder {
  public:
    explicit Decoder(Format format);
    ~Decoder();
    Decoder(const Decoder&) = delete;
    Decoder& operator=(const Decoder&) = delete;

    // Whether decode() looks at the content type of a record.
    bool asks_content_type() const;
    void decode(std::string_view content_type, std::string_view bytes, DecodedRecord& out);

  private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace spantoll::ingest
