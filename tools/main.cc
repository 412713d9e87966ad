#include <cstdio>
#include <cstdlib>
#include <exception>

#include "tools/command_line.h"

// Read by jemalloc. A commit takes much memory for a moment: what is free again goes back to the
// system within half a second, from a thread of jemalloc's own, and two arenas are enough for an
// engine and those who serve it.
extern "C" {
// NOLINTNEXTLINE(cppcoreguidelines-avoid-non-const-global-variables): its name and type are given
const char* malloc_conf = "background_thread:true,dirty_decay_ms:500,muzzy_decay_ms:0,narenas:2";
}

int main(int argc, char** argv) {
    int code = 70;
    try {
        code = spantoll::tools::command_line(argc, argv);
    } catch (const std::exception& error) {
        std::fprintf(stderr, "spantoll: bug: %s; please report it\n", error.what());
    }
    // Not through exit(): a Kafka client whose broker is away may still be ending (KafkaSource),
    // and must not find what it logs with destroyed.
    std::fflush(nullptr);
    std::_Exit(code);
}
