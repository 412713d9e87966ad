#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "schemas/refusal.h"
#include "schemas/span.h"

namespace spantoll::ingest {

// What is wrong with one span of a record, where only the decoder can tell.
struct SpanFault {
    size_t index = 0;
    std::optional<Refusal> refusal;  // the reason, unless an earlier one applies
    std::string sentence;            // names the member, its value, and what to write
};

// The spans of one record. The object is reused from record to record, so that the steady state
// allocates nothing. It stays valid while its Decoder decodes other records, as long as the bytes
// of the record live: text that could not be read in place lies in `buffer`. Moving the object
// keeps the texts valid; copying would not.
struct DecodedRecord {
    std::optional<Refusal> refused;  // set: the whole record is refused, and spans is empty
    std::string reason;              // one sentence for the dead letter, or empty
    std::vector<Span> spans;         // in the record's order
    std::vector<Usage> usages;       // of all spans, see Span::usage_begin
    SpanFault fault;                 // the first span that has a fault
    std::vector<uint64_t> buffer;    // used by the codecs: a padded copy of the record

    DecodedRecord() = default;
    DecodedRecord(DecodedRecord&&) = default;
    DecodedRecord& operator=(DecodedRecord&&) = default;
    DecodedRecord(const DecodedRecord&) = delete;
    DecodedRecord& operator=(const DecodedRecord&) = delete;
    ~DecodedRecord() = default;

    // Empties the object but keeps its memory for the next record.
    void clear() {
        refused.reset();
        reason.clear();
        spans.clear();
        usages.clear();
        fault.refusal.reset();
    }

    // Refuses the whole record.
    void refuse(Refusal refusal, std::string_view why) {
        refused = refusal;
        reason = why;
        spans.clear();
        usages.clear();
    }

    // Returns `size` bytes of buffer, 8-aligned and uninitialised. Texts that point into the buffer
    // become invalid.
    char* reserve(size_t size) {
        const size_t words = size / sizeof(uint64_t) + 1;
        if (buffer.size() < words) {
            buffer.resize(words);
        }
        return reinterpret_cast<char*>(buffer.data());
    }
};

}  // namespace spantoll::ingest
