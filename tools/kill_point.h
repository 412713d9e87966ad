#pragma once

#include <string_view>

namespace spantoll::tools {

// For the restart tests: with SPANTOLL_KILL_AT=NAME:N in the environment the process sends itself
// SIGKILL when it passes the point NAME for the N-th time. Without it, a comparison of a pointer.
// Points: after_decode, before_commit, after_commit, after_publish, before_outbox_cleaned;
// in_commit is played by the store's file system (store/fault_file_system.h).
void kill_point(std::string_view name);

}  // namespace spantoll::tools
