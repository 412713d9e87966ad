#pragma once

#include <memory>
#include <string_view>

namespace rocksdb {
class FileSystem;
}

namespace spantoll::tools {

// For the restart tests: with SPANTOLL_KILL_AT=NAME:N in the environment the process sends itself
// SIGKILL when it passes the point NAME for the N-th time. Without it, a comparison of a pointer.
// Points: after_decode, before_commit, in_commit (the write-ahead log's next append is cut in
// half), after_commit, after_publish, before_outbox_cleaned; before_command_appended,
// after_command_appended, before_command_committed, after_command_committed.
void kill_point(std::string_view name);

// The same for what a record can do: with SPANTOLL_CRASH_ON=TEXT in the environment the process
// aborts when it decodes a record that holds TEXT. A planted bug.
void crash_point(std::string_view record);

// The file system that the store needs for in_commit; null where nothing is planned there.
std::shared_ptr<rocksdb::FileSystem> planned_file_system();

}  // namespace spantoll::tools
