#include "tools/process/kill_point.h"

#include <charconv>
#include <cstdint>
#include <cstdlib>
#include <signal.h>
#include <string_view>

#include "store/files/fault_file_system.h"

namespace spantoll::tools {
namespace {

struct Plan {
    std::string_view name;
    int64_t passes_left = 0;
};

Plan read_plan() {
    const char* text = std::getenv("SPANTOLL_KILL_AT");
    if (text == nullptr) {
        return {};
    }
    const std::string_view all(text);
    const size_t colon = all.find(':');
    Plan planned{all.substr(0, colon), 1};
    if (colon != std::string_view::npos) {
        std::from_chars(all.data() + colon + 1, all.data() + all.size(), planned.passes_left);
    }
    return planned;
}

Plan& plan() {
    static Plan the_plan = read_plan();
    return the_plan;
}

constexpr std::string_view kInCommit = "in_commit";

const std::shared_ptr<store::FaultSwitch>& faults() {
    static const auto the_switch = std::make_shared<store::FaultSwitch>();
    return the_switch;
}

}  // namespace

void kill_point(std::string_view name) {
    if (plan().name.empty() || plan().name != name || --plan().passes_left != 0) {
        return;
    }
    if (name == kInCommit) {
        faults()->kill_in_wal_append();
        return;
    }
    raise(SIGKILL);
}

void crash_point(std::string_view record) {
    static const char* const text = std::getenv("SPANTOLL_CRASH_ON");
    if (text != nullptr && record.find(text) != std::string_view::npos) {
        std::abort();
    }
}

std::shared_ptr<rocksdb::FileSystem> planned_file_system() {
    return plan().name == kInCommit ? store::make_fault_file_system(faults()) : nullptr;
}

}  // namespace spantoll::tools
