#pragma once

#include <cstdint>
#include <string_view>

namespace spantoll {

// How the bytes of a record are written. kAuto: the record's content type says it, or else the
// bytes do.
enum class Format : uint8_t { kAuto, kFlatBuffers, kJson, kOtlp };

// As in the configuration: "auto", "flatbuffers", "json", "otlp".
std::string_view to_text(Format format);

// The media type that says the format, in lower case; empty for kAuto.
std::string_view content_type_of(Format format);

// "Application/JSON; charset=utf-8" -> kJson: upper case, blanks around the type and parameters
// make no difference. kAuto where the type does not say one of these formats.
Format format_of_content_type(std::string_view content_type);

}  // namespace spantoll
