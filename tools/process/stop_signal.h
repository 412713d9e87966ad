#pragma once

namespace spantoll::tools {

// For every command, once, at its start: SIGPIPE and SIGXFSZ (a file over `ulimit -f`) are ignored,
// because the write that would raise them reports it, with a line and an exit code of ours.
void ignore_write_signals();

// SIGINT, SIGTERM and SIGHUP (a terminal that was closed) ask the process to stop after what is
// under way; a second one ends it at once, which loses nothing that was committed. SIGHUP stays
// ignored where the caller ignores it, as nohup does.
void catch_stop_signals();

bool is_stop_requested();

// After catch_stop_signals(): SIGHUP asks to read the configuration again instead of stopping.
void catch_reload_signal();

// Whether SIGHUP came since the last call.
bool take_reload_request();

}  // namespace spantoll::tools
