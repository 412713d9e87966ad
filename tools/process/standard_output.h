#pragma once

#include <string>
#include <string_view>

namespace spantoll::tools {

// What a command prints for its user goes to standard output through here, so that a full disk, a
// closed descriptor or a reader that went away is not taken for success.
//
//   write_output(line); ...            in the command, as often as it likes
//   return finish_output(code);        once, in main

// Buffers, or writes, `text`. After a failure it does nothing.
void write_output(std::string_view text);

// True once something could not be written: a long command may stop.
bool is_output_broken();

// The same for messages, on standard error, at once. Where it cannot be written nothing can be said
// about it, and the exit code stays what it was.
void write_error(std::string_view text);

// Writes out what is buffered. Returns the process's exit code: `code` where all was written or the
// command failed for a reason of its own; 74, and a line on standard error, where not; 141, as a
// shell says of SIGPIPE, and no line where the reader of a pipe went away.
int finish_output(int code);

// Descriptors 0 to 2 are open from now on, so that no file that is opened later gets the number of
// a standard stream that the caller had closed, and what is printed does not land in it. Nothing
// can be read from or written to one that was closed, nor to a file that is named /dev/stdout.
void hold_standard_streams();

// Why the file `path` could not be opened for writing, which errno says: a standard stream that the
// caller had closed is told as such.
std::string opening_error(const std::string& path, int error);

}  // namespace spantoll::tools
