#pragma once

#include <memory>
#include <string_view>

#include "ingest/decoded_record.h"
#include "schemas/format.h"

namespace spantoll::ingest {

// Bytes to spans. Tells the format by content type, else by the bytes (docs/semantics.md#spans),
// and judges what concerns the whole record (the first four of Refusal). Never fails otherwise: a
// span that cannot be read carries that in its flags.
//
// A content type that names no format of ours leaves it to the bytes, because producers write
// application/octet-stream; where it names one, the bytes must be of that format.
//
// Thread: one at a time. The texts of `out` point into `bytes` and `out` itself.
class Decoder {
  public:
    explicit Decoder(Format format);
    ~Decoder();
    Decoder(const Decoder&) = delete;
    Decoder& operator=(const Decoder&) = delete;

    // Whether a record's content type makes a difference.
    bool asks_content_type() const;
    void decode(std::string_view content_type, std::string_view bytes, DecodedRecord& out);

  private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace spantoll::ingest
