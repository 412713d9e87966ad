#include <array>
#include <memory>
#include <openssl/evp.h>

#include <fmt/format.h>

#include "schemas/check.h"
#include "store/show/dump.h"
#include "store/show/record_json.h"

namespace spantoll::store {
namespace {

class Sha256 {
  public:
    Sha256() : context_(EVP_MD_CTX_new(), EVP_MD_CTX_free) {
        CHECK(context_ != nullptr, "OpenSSL has memory");
        CHECK(EVP_DigestInit_ex(context_.get(), EVP_sha256(), nullptr) == 1, "SHA-256 is built in");
    }
    void add(std::string_view bytes) {
        CHECK(EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size()) == 1,
              "a digest in use takes bytes");
    }
    std::string hex() {
        std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
        unsigned size = 0;
        CHECK(EVP_DigestFinal_ex(context_.get(), digest.data(), &size) == 1, "it is finished once");
        std::string text;
        for (unsigned i = 0; i < size; ++i) {
            text += fmt::format("{:02x}", digest[i]);
        }
        return text;
    }

  private:
    std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context_;
};

}  // namespace

Result<std::string> digest(const std::string& directory) {
    Sha256 sha;
    Result<void> read = dump({directory, {}, false}, [&](auto key, auto json) {
        if (visibility_of(key) == Visibility::kDigest) {
            sha.add(dump_line(key, json));
            sha.add("\n");
        }
    });
    return read.map([&] { return sha.hex(); });
}

}  // namespace spantoll::store
