#include <cstdio>
#include <cstdlib>
#include <exception>

#include "tools/command_line.h"

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
