#pragma once

#include <boost/asio/ssl/context.hpp>
#include <memory>

#include "schemas/error.h"
#include "schemas/settings.h"

namespace spantoll::tools {

// What the listener shows of itself, and asks of its clients: TLS 1.2 and 1.3, nothing resumed, so
// that each connection is judged by the files of the day. Constant after construction; connections
// share it and keep it alive, so that it can be replaced while they go on.
using TlsContext = boost::asio::ssl::context;

// kConfig, with the key of [http.tls] and its file: one that cannot be read or is not in PEM form,
// a key with a password, a key of another certificate. A certificate whose time is over is taken,
// with a line in the log.
Result<std::shared_ptr<TlsContext>> load_tls_context(const TlsSettings& tls);

}  // namespace spantoll::tools
