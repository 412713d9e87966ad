#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "schemas/error.h"

namespace spantoll::tools {

// The arguments of `spantoll feed`, each as written on the command line. Empty = not given.
struct FeedOptions {
    std::string to;  // --to file:PATH | kafka:BROKERS/TOPIC | http://HOST:PORT

    // What to send: invented traffic ...
    std::string scenario;        // --scenario mixed | bench | federation | llm | usage
    uint64_t spans = 100'000;    // --spans
    uint64_t seed = 1;           // --seed; the same seed and --start give the same bytes
    std::string start;           // --start, RFC 3339, `now`, `-1h`; default: --duration ago
    std::string duration;        // --duration, over which event time is spread; default 1h
    uint64_t accounts = 25'000;  // --accounts, `bench`, `usage`: over five dimensions
    double zipf = 0;             // --zipf, `bench`, `usage`: exponent; 0 = uniform
    uint32_t attributes = 4;     // --attributes, `bench`: per span
    // ... or the rows of a file.
    std::string csv;                // --csv F
    std::vector<std::string> maps;  // --map field=column, --map field==constant; repeated
    std::string delimiter;          // --delimiter, one character; default a comma
    uint64_t from_row = 0;          // --from-row N: line of the first row to send; 0 = all
    std::string csv_name;           // --csv-name: name of the file in the identities of spans

    // How to send it.
    std::string format;               // --format flatbuffers | json; default flatbuffers, but json
                                      // where --to ends in .jsonl
    uint64_t spans_per_record = 100;  // --spans-per-record
    uint64_t rate = 0;        // --rate, spans per second of wall time; 0 = as fast as possible
    double speed = 0;         // --speed, event time over wall time: 60 = an hour a minute
    bool live = false;        // --live: event time is now; with --rate (default 1,000)
    std::string token_file;   // --token-file, see client_token()
    std::string authority;    // --ca
    std::string certificate;  // --cert
    bool quiet = false;       // --quiet: no progress, no summary
};

// `spantoll feed`: sends spans to a file, a topic or a processor. Progress and a summary go to
// standard error. A stop request ends it after the current record and leaves what was sent intact;
// the exit code is then 130. Prints an error as one line and returns the exit code.
int feed_command(const FeedOptions& options);

}  // namespace spantoll::tools
