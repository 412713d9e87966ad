#pragma once

#include "schemas/clock.h"
#include "store/store.h"
#include "tools/answers/backend.h"
#include "tools/answers/start_gate.h"
#include "tools/checks/check_board.h"
#include "tools/control/command_queue.h"
#include "tools/pipeline/policy_board.h"
#include "tools/pipeline/status.h"

namespace spantoll::tools {

// What the HTTP listener's answers come from; everything outlives the listener.
struct BackendParts {
    const PolicyBoard* policy = nullptr;
    store::Store* store = nullptr;
    const StartGate* gate = nullptr;
    const CheckBoard* checks = nullptr;
    const StatusBoard* status = nullptr;
    Clock* clock = nullptr;
    CommandQueue* commands = nullptr;
};

// The functions of HttpBackend over a running processor.
HttpBackend make_backend(const BackendParts& parts);

}  // namespace spantoll::tools
