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

// What is wrong with one span of a record, where only its decoder can tell.
struct SpanFault {
    size_t index = 0;
    std::optional<Refusal> refusal;  // what the span is refused for, if nothing else comes first
    std::string sentence;            // which member, its value, and what to write
};

// What one record holds. Reused from record to record, so that the steady state allocates nothing.
// It stays valid while its Decoder decodes other records, as long as the record's bytes do: what
// could not be read in place lies in `buffer`. Moving keeps the texts valid; copying would not.
struct DecodedRecord {
    std::optional<Refusal> refused;  // the whole record; then spans is empty
    std::string reason;              // one sentence for the dead letter, where it says more
    std::vector<Span> spans;         // in the record's order
    std::vector<Usage> usages;       // of all spans, see Span::usage_begin
    SpanFault fault;                 // of the first span that has one
    std::vector<uint64_t> buffer;    // the codecs' own: padded copy of the record

    DecodedRecord() = default;
    DecodedRecord(DecodedRecord&&) = default;
    DecodedRecord& operator=(DecodedRecord&&) = default;
    DecodedRecord(const DecodedRecord&) = delete;
    DecodedRecord& operator=(const DecodedRecord&) = delete;
    ~DecodedRecord() = default;

    // Empties it; keeps the memory for the next record.
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

    // `size` bytes of buffer, 8-aligned, uninitialised. Ends the life of texts that point into it.
    char* reserve(size_t size) {
        const size_t words = size / sizeof(uint64_t) + 1;
        if (buffer.size() < words) {
            buffer.resize(words);
        }
        return reinterpret_cast<char*>(buffer.data());
    }
};

}  // namespace spantoll::ingest
