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

// `spantoll dump`: prints the rows of a store, or their digest, even while a processor uses it.
Result<void> dump_command(const DumpCommandOptions& options);

// A JSON record as `name=value` texts for people to read; nested values stay JSON.
std::string record_text(std::string_view json);

}  // namespace spantoll::tools
