#pragma once

#include <string_view>

#include "ingest/decoded_record.h"

namespace spantoll::ingest {

// True where the file identifier `SPB1` stands at byte 4.
bool is_span_batch(std::string_view bytes);

// Verifies and reads a SpanBatch (schemas/span.fbs) in one pass. Texts point into `bytes`. A record
// without spans is kNotDecodable. A span whose status or direction is not a value of the schema is
// refused alone.
//
// The work is bounded although a record may refer to one string or vector any number of times.
// Every reference is paid for, with the logical bytes behind it, from a budget of kAmplificationMax
// times the record (at least kAmplifiedBytesFree). Where the budget is used up, the record is
// kAmplified, whatever may be wrong after that point.
void decode_flatbuffers(std::string_view bytes, DecodedRecord& out);

}  // namespace spantoll::ingest
