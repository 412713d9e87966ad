#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "schemas/error.h"

namespace spantoll::tools {

// The address of the HTTP listener: `127.0.0.1:8620`, `[::1]:8620`, `localhost:8620`,
// `0.0.0.0:8620`. With port 0 the system chooses one.
struct ListenAddress {
    std::string host;  // as configured, without brackets
    std::string ip;    // an address literal for the socket layer
    uint16_t port = 0;
    bool is_loopback = false;
};

// kConfig: `text` is not an IP address or "localhost" with a port. Names are not resolved, because
// the meaning of a name may change between the check for loopback and the bind.
Result<ListenAddress> parse_listen_address(std::string_view text);

// Splits "host:port" or "[v6]:port"; the port may be absent. False where the text has neither form.
bool split_host_port(std::string_view text, std::string& host, std::string& port);

// Digits only, 0..65535. False for anything else.
bool parse_port(std::string_view text, uint16_t& port);

}  // namespace spantoll::tools
