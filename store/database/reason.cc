#include "store/database/reason.h"

#include <algorithm>
#include <filesystem>
#include <system_error>

#include <fmt/format.h>

namespace spantoll::store {
namespace {

std::string one_line(std::string text) {
    std::replace(text.begin(), text.end(), '\n', ' ');
    return text;
}

// The file below `path` that RocksDB did not find; empty where that is not what went wrong. RocksDB
// also looks for a missing table under the name that tables once had, and complains about that
// name.
std::string missing_file(const std::string& reason, const std::string& path) {
    constexpr std::string_view kOldTable = ".ldb";
    const size_t begin = reason.find(path + "/");
    if (begin == std::string::npos || reason.find("No such file") == std::string::npos) {
        return {};
    }
    std::string file =
        reason.substr(begin, reason.find_first_of(": ", begin + path.size()) - begin);
    if (file.ends_with(kOldTable)) {
        file.replace(file.size() - kOldTable.size(), kOldTable.size(), ".sst");
    }
    std::error_code ignored;
    return std::filesystem::exists(file, ignored) ? std::string() : file;
}

}  // namespace

std::string reason_of(const rocksdb::Status& status,
                      const std::string& path,
                      const std::string& left_out) {
    std::string reason = one_line(status.ToString());
    // What RocksDB says where its CURRENT cannot be opened at first.
    if (reason.find("Direct I/O is not supported") != std::string::npos ||
        reason.find("options incompatible with filesystem") != std::string::npos) {
        return "IO error: Input/output error: " + path + "/CURRENT";
    }
    if (const std::string file = missing_file(reason, path); !file.empty()) {
        return file + std::string(kIsMissing);
    }
    const bool is_behind = reason.find("SST file is ahead of WALs") != std::string::npos;
    const bool is_short = reason.find("Size mismatch: WAL") != std::string::npos;
    if ((is_behind || is_short) && !left_out.empty()) {
        return fmt::format(
            "{}, {}",
            left_out,
            is_behind ? "but tables hold what came later" : "but it was whole before");
    }
    return reason;
}

}  // namespace spantoll::store
