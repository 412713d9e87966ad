#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace spantoll::ingest {

// Where a document stops being JSON, and why.
struct JsonFault {
    size_t at = 0;     // byte from 0; the size of the document where it ends too early
    std::string what;  // "a comma or '}' is missing before \"b\""
};

// The first fault of a document that should be an object or an array, nested at most kJsonDepthMax
// deep (RFC 8259, but any bytes are allowed inside a text). Empty where the document has no fault.
// For documents that could not be read: it says what simdjson does not, but it is slower. Memory:
// constant.
std::optional<JsonFault> find_json_fault(std::string_view document);

// One sentence: "no JSON at byte 37 (line 2, column 5): ...". Line and column are left out where
// the fault is on the first line.
std::string sentence_of(const JsonFault& fault, std::string_view document);

}  // namespace spantoll::ingest
