#pragma once

#include <cstdint>
#include <random>
#include <string>
#include <vector>

namespace spantoll::tools {

// A record as a random source gives it: JSON bytes and the log's append time.
struct RandomRecord {
    std::string bytes;
    int64_t append_ms = 0;
};

struct RandomTraffic {
    int64_t step_ms = 180'000;  // twice the mean time between records
    // Most spans have a cost and no usage, and some are credits: what the pane buffer takes, and
    // what makes it give that up.
    bool is_of_money = false;
    // Most spans have usage of up to seven meters, all of them priced.
    bool has_priced_usage = false;
};

// Records of one to three spans over some three days: in and out of order, late, repeated, refused,
// streamed, priced and not, from more names than max_per_kind. Every span that is accepted carries
// service, domain and user. The same seed gives the same records.
std::vector<RandomRecord> random_records(uint64_t seed, size_t count, RandomTraffic traffic = {});

// Limits of every judge and window on the accounts of random_records(), few enough of them that
// levels rise and fall all the time.
std::string random_spans_configuration();
// The same, with limits in money alone.
std::string random_money_configuration();
// The same, with limits in tokens, requests and money together, and prices of all meters.
std::string random_usage_configuration();

}  // namespace spantoll::tools
