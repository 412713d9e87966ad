#include "ingest/utf8.h"

#include <cstdint>

namespace spantoll::ingest {
namespace {

uint8_t byte_at(std::string_view text, size_t at) {
    return static_cast<uint8_t>(text[at]);
}

}  // namespace

size_t utf8_sequence_size(std::string_view text) {
    const uint8_t lead = byte_at(text, 0);
    if (lead < 0x80) {
        return 1;
    }
    const size_t size = lead >= 0xC2 && lead <= 0xDF   ? 2
                        : lead >= 0xE0 && lead <= 0xEF ? 3
                        : lead >= 0xF0 && lead <= 0xF4 ? 4
                                                       : 0;
    if (size == 0 || text.size() < size) {
        return 0;
    }
    const uint8_t second_min = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80;
    const uint8_t second_max = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF;
    if (byte_at(text, 1) < second_min || byte_at(text, 1) > second_max) {
        return 0;
    }
    for (size_t i = 2; i < size; ++i) {
        if ((byte_at(text, i) & 0xC0) != 0x80) {
            return 0;
        }
    }
    return size;
}

bool is_utf8(std::string_view text) {
    while (!text.empty()) {
        const size_t size = utf8_sequence_size(text);
        if (size == 0) {
            return false;
        }
        text.remove_prefix(size);
    }
    return true;
}

}  // namespace spantoll::ingest
