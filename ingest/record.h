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
    int64_t append_ms = 0;     // the log's own time, epoch ms; 0 = none that can be trusted
    int64_t timestamp_ms = 0;  // the producer's, for the order of a replay; 0 = none
    std::string_view content_type_at_hand;
    std::string_view bytes;
    // Where it takes long to find, it is looked for when somebody asks.
    std::string_view (*find_content_type)(const void* message) = nullptr;
    const void* message = nullptr;  // the source's own

    // Empty: tell by the bytes.
    std::string_view content_type() const {
        return find_content_type == nullptr ? content_type_at_hand : find_content_type(message);
    }
};

// What a source knows of a partition at the end of a batch.
struct PartitionState {
    int64_t end_offset = -1;  // the broker's end; -1 = unknown
    bool is_at_end = false;   // every record below end_offset has been handed out
    bool has_leader = true;
    // Everything below was handed out or is not a record (markers of transactions, aborted records,
    // what retention removed of an empty log): the position, once the batch is folded. -1 = behind
    // the last record.
    int64_t next_offset = -1;
};

struct RecordBatch {
    std::vector<Record> records;             // per partition in order of offset
    std::vector<PartitionState> partitions;  // by PartitionIndex, all of them
    bool is_finished = false;                // a bounded source (replay) will give no more
};

}  // namespace spantoll::ingest
