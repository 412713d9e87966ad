#pragma once

#include <string>
#include <vector>

#include "schemas/error.h"

namespace spantoll::tools {

// `spantoll check [--json] ACCOUNT... [--url URL] [--token-file FILE]`: may these spend now?
struct CheckOptions {
    std::vector<std::string> accounts;  // with --json see check_json.h
    bool is_json = false;
    std::string url = "http://127.0.0.1:8620";
    std::string token_file;        // empty: SPANTOLL_TOKEN of the environment, if set
    std::string authority = {};    // --ca
    std::string certificate = {};  // --cert
};

struct CheckVerdict {
    bool is_allowed = true;  // no account or parent is blocked or quarantined
    // Per account: yes or no, level, until when, as_of_ms, lag_ms; or the answer as JSON.
    std::string text;
};

// kUsage: no account is given, the URL is not valid, or an account cannot exist. kUnavailable: no
// processor answers there, or the answer does not have a line for each account. kConfig: the
// processor requires a token, or a different one.
Result<CheckVerdict> check_accounts(const CheckOptions& options);

// Prints the verdict, or an error as one line. Exit code: 0 yes, 2 no, else that of the error.
int check_command(const CheckOptions& options);

}  // namespace spantoll::tools
