#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "ingest/kafka/start.h"
#include "ingest/source.h"
#include "schemas/error.h"
#include "store/topic/log.h"

namespace spantoll::tools {

// Where reading of the embedded topic begins.
struct EmbeddedStart {
    int64_t offset = 0;
    std::vector<std::string> gaps;  // that were accepted, a line each, for the audit
};

// Checks that the log in `directory` goes on from `stored`, which is 0 where nothing was read: it
// must begin there or before, must not end before it, and must have the record that was read last.
// Otherwise kConfig, with the numbers, unless gaps are accepted: then reading goes on with the
// first record that is left, or with the first that was appended after the last one read.
Result<EmbeddedStart> plan_embedded_start(store::TopicLog& log,
                                          const std::string& directory,
                                          const ingest::StartPosition& stored,
                                          ingest::GapPolicy gaps);

}  // namespace spantoll::tools
