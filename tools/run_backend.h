#pragma once

#include "schemas/clock.h"
#include "schemas/settings.h"
#include "store/store.h"
#include "tools/flag_board.h"
#include "tools/http_backend.h"
#include "tools/start_gate.h"
#include "tools/status.h"

namespace spantoll::tools {

// What the HTTP listener's answers come from; everything outlives the listener.
struct BackendParts {
    const Settings* settings = nullptr;
    store::Store* store = nullptr;
    const StartGate* gate = nullptr;
    const FlagBoard* flags = nullptr;
    const StatusBoard* status = nullptr;
    Clock* clock = nullptr;
};

// The functions of HttpBackend over a running processor.
HttpBackend make_backend(const BackendParts& parts);

}  // namespace spantoll::tools
