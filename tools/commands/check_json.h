#pragma once

#include "schemas/error.h"
#include "tools/commands/check_command.h"

namespace spantoll::tools {

// `spantoll check --json`: what the processor answers, whole. `accounts` of the options are
// accounts, or dimensions and estimates of one check, as
//
//     virtual_key=vk1 provider=openai model=gpt-4o estimate.usd=0.02 estimate.input_tokens=1200
//
// kUsage: both kinds of words, or a number that is none. Else as check_accounts().
Result<CheckVerdict> check_json_of(const CheckOptions& options);

// Whether a word is a dimension or an estimate: no account is written so.
bool is_check_member(std::string_view word);

}  // namespace spantoll::tools
