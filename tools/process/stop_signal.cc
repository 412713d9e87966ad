#include "tools/process/stop_signal.h"

#include <atomic>
#include <signal.h>
#include <unistd.h>

namespace spantoll::tools {
namespace {

// A signal handler has nowhere else to write to.
// NOLINTNEXTLINE(cppcoreguidelines-avoid-non-const-global-variables)
std::atomic<int> stop_signal_count{0};
// NOLINTNEXTLINE(cppcoreguidelines-avoid-non-const-global-variables)
std::atomic<bool> is_reload_requested{false};

constexpr int kExitOfSignal = 128;

void on_signal(int number) {
    if (stop_signal_count.fetch_add(1) > 0) {
        _exit(kExitOfSignal + number);
    }
}

void on_hangup(int /*number*/) {
    is_reload_requested.store(true);
}

}  // namespace

void ignore_write_signals() {
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN);
}

void catch_stop_signals() {
    struct sigaction action {};
    action.sa_handler = on_signal;
    sigaction(SIGINT, &action, nullptr);
    sigaction(SIGTERM, &action, nullptr);
    struct sigaction hangup {};
    if (sigaction(SIGHUP, nullptr, &hangup) == 0 && hangup.sa_handler != SIG_IGN) {
        sigaction(SIGHUP, &action, nullptr);
    }
}

void catch_reload_signal() {
    struct sigaction action {};
    action.sa_handler = on_hangup;
    action.sa_flags = SA_RESTART;
    sigaction(SIGHUP, &action, nullptr);
}

bool take_reload_request() {
    return is_reload_requested.exchange(false);
}

bool is_stop_requested() {
    return stop_signal_count.load() > 0;
}

}  // namespace spantoll::tools
