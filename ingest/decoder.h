#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "schemas/span.h"

namespace spantoll::ingest {

// What one record holds. Reused from record to record, so that the steady state allocates nothing.
struct DecodedRecord {
    std::optional<Refusal> refused;  // the whole record; then spans is empty
    std::string reason;              // one sentence for the dead letter, where it says more
    std::vector<Span> spans;         // in the record's order
    std::vector<Usage> usages;       // of all spans, see Span::usage_begin
    std::vector<char> text;          // texts that are not in the record's bytes as they stand

    void clear() {
        refused.reset();
        reason.clear();
        spans.clear();
        usages.clear();
        text.clear();
    }
};

// The configuration's `format`.
enum class Format { kAuto, kFlatBuffers, kJson, kOtlp };

// Bytes to spans. Tells the format by content type, else by the bytes (contract: section 1), and
// judges what concerns the whole record (the first four of Refusal). Never fails otherwise: a span
// that cannot be read carries that in its flags.
//
// Thread: one at a time. The texts of `out` point into `bytes` and `out` itself.
class Decoder {
  public:
    explicit Decoder(Format format);
    ~Decoder();
    Decoder(const Decoder&) = delete;
    Decoder& operator=(const Decoder&) = delete;

    void decode(std::string_view content_type, std::string_view bytes, DecodedRecord& out);

  private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace spantoll::ingest
