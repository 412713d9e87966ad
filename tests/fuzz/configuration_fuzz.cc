// Any text as a configuration file: it is refused with its place, or what is printed of it is read
// back and printed the same.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "schemas/check.h"
#include "tools/configuration/configuration.h"

namespace {

using spantoll::Result;
using spantoll::Settings;

// What is printed does not hold secrets, so it is compared without them.
void check_printed(Settings settings) {
    settings.http.token.clear();
    settings.kafka.properties.clear();
    const std::string printed = spantoll::tools::print_configuration(settings);
    const Result<Settings> again = spantoll::tools::parse_configuration(printed, "printed");
    CHECK(again.has_value(), "what is printed is a configuration");
    CHECK(spantoll::tools::print_configuration(*again) == printed, "and it is the same");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    const std::string_view text(static_cast<const char*>(static_cast<const void*>(data)), size);
    const Result<Settings> settings = spantoll::tools::parse_configuration(text, "fuzzed");
    if (settings) {
        check_printed(*settings);
    } else {
        CHECK(settings.error().message.starts_with("fuzzed:"), "a fault has its place");
        CHECK(settings.error().message.find('\n') == std::string::npos, "and is one line");
    }
    return 0;
}
