#include "tools/http/net/tls_context.h"

#include <cerrno>
#include <cstring>
#include <fstream>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <spdlog/spdlog.h>
#include <string_view>
#include <system_error>

#include <fmt/format.h>

#include "schemas/check.h"

namespace spantoll::tools {
namespace {

tl::unexpected<Error> refuse(std::string_view key, const std::string& file, std::string_view what) {
    ERR_clear_error();
    return failure(ErrorKind::kConfig, fmt::format("[http.tls] {} = \"{}\": {}", key, file, what));
}

// OpenSSL says less of a file that is not there.
Result<void> check_readable(std::string_view key, const std::string& file) {
    errno = 0;
    std::ifstream stream(file);
    stream.peek();
    if (!stream.good()) {
        const int error = errno;
        return refuse(key, file, error == 0 ? "is empty" : std::generic_category().message(error));
    }
    return {};
}

Result<void> check_all_readable(const TlsSettings& tls) {
    return check_readable("certificate", tls.certificate)
        .and_then([&] { return check_readable("key", tls.key); })
        .and_then([&] {
            return tls.client_ca.empty() ? Result<void>()
                                         : check_readable("client_ca", tls.client_ca);
        });
}

// Never asks the terminal.
int no_password(char* /*to*/, int /*size*/, int /*is_writing*/, void* /*user*/) {
    return 0;
}

void set_rules(SSL_CTX* context) {
    SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
    SSL_CTX_set_options(context,
                        SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_TICKET |
                            SSL_OP_CIPHER_SERVER_PREFERENCE);
    SSL_CTX_set_num_tickets(context, 0);
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);  // of connections that are idle
    SSL_CTX_set_default_passwd_cb(context, &no_password);
}

Result<void> load_certificate(SSL_CTX* context, const TlsSettings& tls) {
    if (SSL_CTX_use_certificate_chain_file(context, tls.certificate.c_str()) != 1) {
        return refuse("certificate",
                      tls.certificate,
                      "has no certificate in PEM form: give the server's own, then its chain");
    }
    if (SSL_CTX_use_PrivateKey_file(context, tls.key.c_str(), SSL_FILETYPE_PEM) != 1) {
        const bool is_of_another =
            ERR_GET_REASON(ERR_peek_last_error()) == X509_R_KEY_VALUES_MISMATCH;
        return refuse("key",
                      tls.key,
                      is_of_another ? fmt::format("is not the key of {}", tls.certificate)
                                    : "has no private key in PEM form that is readable without a "
                                      "password");
    }
    if (SSL_CTX_check_private_key(context) != 1) {
        return refuse("key", tls.key, fmt::format("is not the key of {}", tls.certificate));
    }
    if (X509_cmp_current_time(X509_get0_notAfter(SSL_CTX_get0_certificate(context))) < 0) {
        spdlog::warn("[http.tls] certificate = \"{}\": its time is over, clients will refuse it",
                     tls.certificate);
    }
    return {};
}

Result<void> load_client_authority(SSL_CTX* context, const TlsSettings& tls) {
    if (tls.client_ca.empty()) {
        return {};
    }
    STACK_OF(X509_NAME)* names = SSL_load_client_CA_file(tls.client_ca.c_str());
    if (names == nullptr ||
        SSL_CTX_load_verify_locations(context, tls.client_ca.c_str(), nullptr) != 1) {
        sk_X509_NAME_pop_free(names, &X509_NAME_free);
        return refuse("client_ca", tls.client_ca, "has no certificate in PEM form");
    }
    SSL_CTX_set_client_CA_list(context, names);  // which owns them now
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
    return {};
}

}  // namespace

Result<std::shared_ptr<TlsContext>> load_tls_context(const TlsSettings& tls) {
    CHECK(tls.is_on(), "the caller asks only where there is a certificate");
    if (Result<void> readable = check_all_readable(tls); !readable) {
        return tl::make_unexpected(readable.error());
    }
    auto context = std::make_shared<TlsContext>(TlsContext::tls_server);
    SSL_CTX* raw = context->native_handle();
    set_rules(raw);
    ERR_clear_error();
    return load_certificate(raw, tls)
        .and_then([&] { return load_client_authority(raw, tls); })
        .map([&] { return std::move(context); });
}

}  // namespace spantoll::tools
