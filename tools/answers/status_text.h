#pragma once

#include <cstdint>
#include <string>

#include "tools/pipeline/status.h"
#include "tools/process/process_usage.h"

namespace spantoll::tools {

// Prometheus' text format; `now_ms` for the lag.
std::string metrics_text(const Status& status, const ProcessUsage& usage, int64_t now_ms);

// {"ready":..,"watermark_ms":..,"holding":[{"topic":..,"partition":..,"reason":..}]}; ready is
// false while a partition has no leader or an unknown end, or while the sinks take nothing.
std::string ready_json(const Status& status, bool& is_ready);

}  // namespace spantoll::tools
