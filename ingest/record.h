#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "schemas/position.h"
#include "schemas/span.h"

namespace spantoll::ingest {

// One message of a topic. `bytes` and the content type belong to the source and live until its next
// poll().
struct Record {
    PartitionIndex partition = 0;
    int64_t offset = 0;
    int64_t append_ms = 0;     // set by the log, epoch ms; 0 = no trusted time
    int64_t timestamp_ms = 0;  // set by the producer, orders a replay; 0 = none
    std::string_view content_type_at_hand;
    std::string_view bytes;
    // Set where finding the content type is expensive, so that it is only done on request.
    std::string_view (*find_content_type)(const void* message) = nullptr;
    const void* message = nullptr;  // for the source only
    std::string_view set = {};      // as in posted_as.h; only records that were posted have it

    // Empty: the bytes must show the format.
    std::string_view content_type() const {
        return find_content_type == nullptr ? content_type_at_hand : find_content_type(message);
    }
};

// What a source knows about a partition at the end of a batch.
struct PartitionState {
    int64_t end_offset = -1;  // the broker's end; -1 = unknown
    bool is_at_end = false;   // every record below end_offset has been handed out
    bool has_leader = true;
    // Everything below this offset was handed out or is not a record (transaction markers, aborted
    // records, records that retention removed from a log that is now empty). It is the position to
    // store once the batch is folded. -1 = the offset after the last record.
    int64_t next_offset = -1;
};

struct RecordBatch {
    std::vector<Record> records;             // per partition in order of offset
    std::vector<PartitionState> partitions;  // all partitions, by PartitionIndex
    bool is_finished = false;                // a bounded source (replay) has no more records
};

}  // namespace spantoll::ingest
