#pragma once

#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <sys/types.h>
#include <vector>

namespace spantoll::store {

// This process's threads that have the name.
inline std::vector<id_t> threads_named(std::string_view name) {
    std::vector<id_t> threads;
    for (const auto& task : std::filesystem::directory_iterator("/proc/self/task")) {
        std::string comm;
        std::getline(std::ifstream(task.path() / "comm"), comm);
        if (comm == name) {
            threads.push_back(static_cast<id_t>(std::stoul(task.path().filename())));
        }
    }
    return threads;
}

}  // namespace spantoll::store
