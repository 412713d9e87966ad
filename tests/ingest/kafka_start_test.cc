#include <gtest/gtest.h>

#include "ingest/kafka/start.h"

namespace spantoll::ingest {
namespace {

struct JudgeRow {
    const char* what;
    int64_t begin, end;  // the log
    int64_t next, last;  // the store
    int64_t found;       // -1 = no record found
    bool is_same;        // its fingerprint
    Gap expected;
};

// clang-format off
constexpr JudgeRow kJudgeRows[] = {
    // what                                  begin end next last found same  expected
    {"goes on in the middle",                    0, 10,   5,   4,    4, true,  Gap::kNone},
    {"goes on at the end",                       0, 10,  10,   9,    9, true,  Gap::kNone},
    {"goes on at the oldest record",             5, 10,   5,   4,   -1, true,  Gap::kNone},
    {"one record removed unread",                6, 10,   5,   4,   -1, true,  Gap::kRemoved},
    {"everything removed unread",               10, 10,   5,   4,   -1, true,  Gap::kRemoved},
    {"the log was cut",                          0,  4,   5,   4,   -1, true,  Gap::kEndsBefore},
    {"the log was made again and is empty",      0,  0,   5,   4,   -1, true,  Gap::kEndsBefore},
    {"the log was made again and is longer",     0, 10,   5,   4,    4, false, Gap::kOtherRecords},
    {"the last record was compacted away",       0, 10,   5,   4,    6, false, Gap::kNone},
    {"nothing was read yet",                     0, 10,   0,  -1,   -1, true,  Gap::kNone},
};
// clang-format on

TEST(KafkaStart, TellsAGapByTheLogsEndsAndTheLastRecord) {
    for (const JudgeRow& row : kJudgeRows) {
        const Fingerprint read{.append_ms = 1'700'000'000'000, .size = 3, .crc32c = 7};
        StartFacts facts;
        facts.stored = {.next_offset = row.next, .last_offset = row.last, .last = read};
        facts.held = {.begin = row.begin, .end = row.end};
        if (row.found >= 0) {
            facts.found = {.offset = row.found, .fingerprint = read};
            facts.found->fingerprint.append_ms += row.is_same ? 0 : 1;
        }
        EXPECT_EQ(judge_start(facts), row.expected) << row.what;
    }
}

}  // namespace
}  // namespace spantoll::ingest
