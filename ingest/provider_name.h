#pragma once

#include <optional>
#include <string_view>

namespace spantoll::ingest {

// The one name that we have for a provider of models, of the names that gateways, instrumentations
// and standards have for it: "azure" of "az.ai.openai". Letters may be of either case. Empty where
// it is no provider that we know (docs/semantics.md#spans lists them).
std::optional<std::string_view> known_provider(std::string_view name);

// Whether two names mean one provider: the same one that we know, or the same name but for case.
bool is_same_provider(std::string_view a, std::string_view b);

}  // namespace spantoll::ingest
