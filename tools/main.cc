#include <cstdio>
#include <cstdlib>
#include <exception>
#include <new>
#include <string_view>
#include <system_error>
#include <unistd.h>

#include "schemas/error.h"
#include "schemas/text/printable.h"
#include "tools/commands/command_line.h"
#include "tools/process/standard_output.h"
#include "tools/process/stop_signal.h"

// Read by jemalloc. A commit takes much memory for a moment: what is free again goes back to the
// system within half a second, from a thread of jemalloc's own, and two arenas are enough for an
// engine and those who serve it.
extern "C" {
// NOLINTNEXTLINE(cppcoreguidelines-avoid-non-const-global-variables): its name and type are given
const char* malloc_conf = "background_thread:true,dirty_decay_ms:500,muzzy_decay_ms:0,narenas:2";
}

namespace {

using spantoll::ErrorKind;

[[noreturn]] void end(std::string_view line, ErrorKind kind) {
    [[maybe_unused]] const ssize_t written = write(STDERR_FILENO, line.data(), line.size());
    std::_Exit(static_cast<int>(kind));
}

// Whoever asked for memory, on whichever thread: nothing that goes on after it can be trusted, and
// there is no memory to say it with either. What was committed is on disk.
[[noreturn]] void end_without_memory() {
    end("spantoll: out of memory (see ulimit -v, or the container's limit): give it more and start "
        "again; nothing that was committed is lost\n",
        ErrorKind::kDisk);
}

[[noreturn]] void end_without_threads() {
    end("spantoll: cannot start a thread, for want of memory or of threads (see ulimit -v and -u, "
        "or the container's limits): allow more and start again; nothing that was committed is "
        "lost\n",
        ErrorKind::kDisk);
}

// Of what nobody caught, on any thread. What libraries throw for want of memory or threads is no
// bug of anybody's.
[[noreturn]] void end_by_exception(const std::exception& error) {
    const auto* const system = dynamic_cast<const std::system_error*>(&error);
    if (dynamic_cast<const std::bad_alloc*>(&error) != nullptr) {
        end_without_memory();
    }
    if (system != nullptr && system->code() == std::errc::resource_unavailable_try_again) {
        end_without_threads();
    }
    std::fprintf(
        stderr, "spantoll: bug: %s; please report it\n", spantoll::printable(error.what()).c_str());
    std::fflush(stderr);
    std::_Exit(static_cast<int>(ErrorKind::kBug));
}

// Called where an exception has nowhere to go. One that is still under way cannot be asked for: it
// is RocksDB's, whose threads begun so far end the process when the next one cannot be begun.
[[noreturn]] void end_of_everything() {
    if (const std::exception_ptr thrown = std::current_exception()) {
        try {
            std::rethrow_exception(thrown);
        } catch (const std::exception& error) {
            end_by_exception(error);
        } catch (...) {
        }
    }
    if (std::uncaught_exceptions() > 0) {
        end_without_threads();
    }
    std::abort();
}

}  // namespace

int main(int argc, char** argv) {
    std::set_new_handler(end_without_memory);
    std::set_terminate(end_of_everything);
    spantoll::tools::hold_standard_streams();
    spantoll::tools::ignore_write_signals();
    int code = 0;
    try {
        code = spantoll::tools::command_line(argc, argv);
    } catch (const std::exception& error) {
        end_by_exception(error);
    }
    code = spantoll::tools::finish_output(code);
    // Not through exit(): a Kafka client whose broker is away may still be ending (KafkaSource),
    // and must not find what it logs with destroyed.
    std::fflush(nullptr);
    std::_Exit(code);
}
