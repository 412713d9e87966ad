#include "tools/commands/start_log.h"

#include <spdlog/spdlog.h>
#include <string>

#include <fmt/format.h>

#include "schemas/text/zone_database.h"
#include "tools/pipeline/open_state.h"

namespace spantoll::tools {
namespace {

// " (400 records from offset 958 on)", or empty where that is not known.
std::string to_read_text(const RunSource& source, const store::LoadedState& loaded) {
    if (source.log == nullptr) {
        return {};
    }
    const int64_t next = start_position(loaded, {std::string(kEmbeddedTopic), 0}).next_offset;
    return fmt::format(" ({} records from offset {} on)", source.log->end_offset() - next, next);
}

}  // namespace

void log_start(const Settings& settings,
               const store::Store& store,
               const RunSource& source,
               const store::LoadedState& loaded) {
    const std::string from = settings.kafka.brokers.empty() ? "its embedded topic"
                                                            : "Kafka at " + settings.kafka.brokers;
    if (const std::string& left_out = store.left_out(); !left_out.empty()) {
        spdlog::warn(
            "{}: the state is that of the last commit before it, and what was counted since "
            "is read again from the log{}",
            left_out,
            to_read_text(source, loaded));
    }
    const std::string& release = zone_database().release;
    spdlog::info("time zone database {}", release);
    if (loaded.is_fresh) {
        spdlog::info("a fresh store in {}; reading {}", settings.data, from);
        return;
    }
    if (!loaded.zones.empty() && loaded.zones.front().release != release) {
        spdlog::warn(
            "before it was time zone database {}: where a zone's rules differ, its windows do from "
            "here on",
            loaded.zones.front().release);
    }
    uint64_t accepted = 0;
    std::string offsets;
    for (const auto& [name, row] : loaded.offsets) {
        offsets += fmt::format(" {}/{}@{}", name.topic, name.partition, row.next_offset);
    }
    for (const auto& [name, counts] : loaded.counts) {
        accepted += counts.accepted;
    }
    spdlog::info(
        "going on in {} after {} spans and {} decisions or dead letters; reading {} from{}",
        settings.data,
        accepted,
        loaded.next_sequence - 1,
        from,
        offsets.empty() ? " its beginning" : offsets);
}

}  // namespace spantoll::tools
