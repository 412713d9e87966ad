#include "tools/configuration/token.h"

#include <algorithm>
#include <openssl/evp.h>

#include <fmt/format.h>

#include "schemas/check.h"

namespace spantoll::tools {

bool is_token_text(std::string_view token) {
    return std::ranges::all_of(token, [](char c) { return c > ' ' && c <= '~'; });
}

Sha256 sha256_of(std::string_view text) {
    Sha256 hash{};
    unsigned size = 0;
    CHECK(EVP_Digest(text.data(), text.size(), hash.data(), &size, EVP_sha256(), nullptr) == 1 &&
              size == hash.size(),
          "SHA-256 is built in");
    return hash;
}

std::optional<Sha256> parse_sha256(std::string_view hex) {
    Sha256 hash{};
    if (hex.size() != 2 * hash.size()) {
        return std::nullopt;
    }
    for (size_t i = 0; i < hex.size(); ++i) {
        const char c = hex[i];
        const int digit = c >= '0' && c <= '9'   ? c - '0'
                          : c >= 'a' && c <= 'f' ? c - 'a' + 10
                          : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                                 : -1;
        if (digit < 0) {
            return std::nullopt;
        }
        hash[i / 2] = static_cast<uint8_t>(hash[i / 2] << 4 | digit);
    }
    return hash;
}

std::string to_text(const Sha256& hash) {
    std::string hex;
    for (const uint8_t byte : hash) {
        hex += fmt::format("{:02x}", byte);
    }
    return hex;
}

}  // namespace spantoll::tools
