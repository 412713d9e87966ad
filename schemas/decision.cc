#include "schemas/decision.h"

#include <xxhash.h>

#include <fmt/format.h>

namespace spantoll {

std::string decision_id(const Decision& decision) {
    std::string text = decision.limit;
    text.push_back('\0');
    text += decision.account;
    text.push_back('\0');
    text += std::to_string(decision.effective_ms);
    text.push_back('\0');
    text += std::to_string(decision.number);
    const XXH128_hash_t hash = XXH3_128bits(text.data(), text.size());
    return fmt::format("{:016x}{:016x}", hash.high64, hash.low64);
}

}  // namespace spantoll
