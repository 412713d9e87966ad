#pragma once

#include <string>
#include <string_view>

#include "schemas/error.h"
#include "tools/answers/run_backend.h"

namespace spantoll::tools {

// Where a running processor puts a copy of itself, in its data directory: on the same disk, so that
// tables are links and take no time and no room. `spantoll backup` moves it away from there. There
// is one at a time; what lies there when a processor starts, or is asked for another one, is
// removed.
//
//   backup/state/ backup/topic/ backup/BACKUP.json
inline constexpr std::string_view kBackupDirectory = "/backup";
// Written last: {"made_at_ms":..,"next_offsets":{"embedded/0":1234},"topic_end":1240}
inline constexpr std::string_view kBackupFile = "/BACKUP.json";

// The state as of a commit, and the embedded topic as of a moment later, so that it has all that
// the state has read; there is none where the source is Kafka. On disk when it returns: the
// absolute path and what kBackupFile says, as one object of JSON. kUnavailable: the engine did not
// come round to it, or another one is being made. kDisk: copying failed; the processor goes on.
// Blocks.
Result<std::string> make_backup(const BackendParts& parts);

// At a start: of a client that went away.
void remove_left_over_backup(const std::string& data);

}  // namespace spantoll::tools
