#pragma once

#include <string>

#include "schemas/error.h"

namespace spantoll::tools {

// `spantoll keys import --from litellm|bifrost FILE [--url URL] [--token-file F] [--print]`
struct KeysImportOptions {
    std::string from;
    std::string file;
    std::string url = "http://127.0.0.1:8620";
    std::string token_file;   // empty: SPANTOLL_TOKEN of the environment, if set
    std::string authority;    // --ca
    std::string certificate;  // --cert
    bool is_printed = false;
};

// Puts the keys of another gateway's export into a running processor, and what they have spent this
// month as grants of negative amount, until the month ends, under each limit on usd over a month
// that holds for them. A key that has such a grant already gets none again. Prints what it did.
// is_printed: prints the lines for POST /v1/keys:import instead, and asks nobody.
//
// kInput: the file holds no such keys. kUnavailable: no processor answers, or it refuses, with why.
Result<void> import_keys_command(const KeysImportOptions& options);

}  // namespace spantoll::tools
