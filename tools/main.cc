#include <cstdio>
#include <exception>

#include "tools/command_line.h"

int main(int argc, char** argv) {
    try {
        return spantoll::tools::command_line(argc, argv);
    } catch (const std::exception& error) {
        std::fprintf(stderr, "spantoll: bug: %s; please report it\n", error.what());
        return 70;
    }
}
