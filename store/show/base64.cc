#include "store/show/base64.h"

#include <climits>
#include <openssl/evp.h>

#include "schemas/check.h"

namespace spantoll::store {

std::string base64(std::string_view bytes) {
    CHECK(bytes.size() <= INT_MAX, "OpenSSL takes an int");
    std::string out((bytes.size() + 2) / 3 * 4, '\0');
    // Writes a zero byte behind the text, where std::string has one already.
    EVP_EncodeBlock(reinterpret_cast<unsigned char*>(out.data()),
                    reinterpret_cast<const unsigned char*>(bytes.data()),
                    static_cast<int>(bytes.size()));
    return out;
}

}  // namespace spantoll::store
