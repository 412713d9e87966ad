#pragma once

#include <string>

#include "schemas/error.h"

namespace spantoll::tools {

enum class DumpFormat { kText, kJson, kDigest };

struct DumpCommandOptions {
    std::string data = "spantoll-data";
    std::string prefix;
    DumpFormat format = DumpFormat::kText;
    bool all = false;  // internal rows too
};

// `spantoll dump`: the rows of a store, which a processor may be running on, or their digest.
Result<void> dump_command(const DumpCommandOptions& options);

// A record of JSON as `name=value` texts for reading; what is nested stays JSON.
std::string record_text(std::string_view json);

}  // namespace spantoll::tools
