#pragma once

namespace spantoll::tools {

// SIGINT and SIGTERM ask the process to stop after what is under way; a second one ends it at
// once, which loses nothing that was committed. SIGPIPE is ignored: writes report it.
void catch_stop_signals();

bool is_stop_requested();

}  // namespace spantoll::tools
