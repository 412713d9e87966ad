#include "window/meter_table.h"

#include "schemas/meter.h"

namespace spantoll::window {

MeterTable::MeterTable(const std::vector<std::string>& names) {
    for (const std::string& name : names) {
        add(name);
    }
}

MeterId MeterTable::intern(std::string_view name) {
    if (const auto found = ids_.find(name); found != ids_.end()) {
        return found->second;
    }
    return names_.size() < kUsageMetersMax ? add(name) : intern_configured(kOverflowMeter);
}

MeterId MeterTable::intern_configured(std::string_view name) {
    if (const auto found = ids_.find(name); found != ids_.end()) {
        return found->second;
    }
    return add(name);
}

MeterId MeterTable::add(std::string_view name) {
    const auto id = static_cast<MeterId>(names_.size());
    names_.emplace_back(texts_.emplace_back(name));
    ids_.emplace(names_.back(), id);
    if (name == kInputTokens) {
        input_tokens_ = id;
    } else if (name == kOutputTokens) {
        output_tokens_ = id;
    }
    return id;
}

}  // namespace spantoll::window
