#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace spantoll::ingest {

// Where a document stops being JSON, and why.
struct JsonFault {
    size_t at = 0;     // byte from 0; the document's size where its end comes too early
    std::string what;  // "a comma or '}' is missing before \"b\""
};

// The first fault of a document that should be an object or an array, nested kJsonDepthMax deep at
// most (RFC 8259; any bytes inside of a text); empty where it has none. For documents that could
// not be read: it says what simdjson does not, and is slower. Memory: constant.
std::optional<JsonFault> find_json_fault(std::string_view document);

// One sentence: "no JSON at byte 37 (line 2, column 5): ...". Lines are told where there are some.
std::string sentence_of(const JsonFault& fault, std::string_view document);

}  // namespace spantoll::ingest
