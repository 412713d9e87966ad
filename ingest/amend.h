#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "ingest/decoded_record.h"
#include "schemas/price.h"
#include "schemas/settings.h"

namespace spantoll::ingest {

// What is changed of decoded spans before anything else looks at them.
struct AmendRules {
    bool splits_models = true;
    FutureRule future = FutureRule::kClamp;
    int64_t future_tolerance_ms = 60'000;
};

// A model with its provider in front, "openai/gpt-4o", is the model "gpt-4o" of the provider
// "openai", where the span names that provider, or none and it is one that we know. The provider
// stays as it was given; else it becomes the one name that we have for it.
void split_model(std::string_view& provider, std::string_view& model);

// The same of what prices name.
void split_models(std::vector<Price>& prices);

// Prices whose models would be split once more if they were read again, "foo/x" of "foo", with
// their provider in front once more: split_models() makes these of them.
std::vector<Price> joined_models(std::vector<Price> prices);

// Splits models, and sets times that lie too far after the record's append time to it
// (Span::is_clamped). `append_ms` 0: it has none, and its times stay as they are.
void amend(DecodedRecord& record, const AmendRules& rules, int64_t append_ms);

}  // namespace spantoll::ingest
