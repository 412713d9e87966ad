#pragma once

#include <string_view>
#include <vector>

#include "schemas/error.h"
#include "schemas/money.h"
#include "schemas/settings.h"

namespace spantoll::tools {

// Whose list of virtual keys it is.
enum class KeyExport : uint8_t {
    kLiteLlm,  // GET /key/list?return_full_object=true
    kBifrost,  // GET /api/governance/virtual-keys
};

struct ExportedKey {
    VirtualKey key;  // by hashes alone: a secret in the export is hashed here
    Money spent;     // in the month of its budget, so far
};

// Reads what a gateway says of its keys: its answer, a JSON array of keys, or JSON lines of keys.
// kInput: it is nothing of that, with what was expected.
Result<std::vector<ExportedKey>> read_key_export(std::string_view text, KeyExport from);

}  // namespace spantoll::tools
