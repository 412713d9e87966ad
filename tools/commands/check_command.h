#pragma once

#include <string>
#include <vector>

#include "schemas/error.h"

namespace spantoll::tools {

// `spantoll check ACCOUNT... [--url URL] [--token-file FILE]`: may these spend now?
struct CheckOptions {
    std::vector<std::string> accounts;
    std::string url = "http://127.0.0.1:8620";
    std::string token_file;  // empty: the environment's SPANTOLL_TOKEN, if set
};

struct CheckVerdict {
    bool is_allowed = true;  // none of them is blocked or quarantined, nor a parent of it
    std::string text;        // a line per account: yes or no, level, until when, as_of_ms, lag_ms
};

// kUsage: no account, no URL, or an account that nobody could have. kUnavailable: no processor
// answers there, or whoever does has no line for each account. kConfig: the processor wants a
// token, or another one.
Result<CheckVerdict> check_accounts(const CheckOptions& options);

// Prints the verdict, or one line of error. Exit code: 0 yes, 2 no, else that of the error.
int check_command(const CheckOptions& options);

}  // namespace spantoll::tools
