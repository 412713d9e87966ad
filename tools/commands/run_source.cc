#include "tools/commands/run_source.h"

#include <spdlog/spdlog.h>

#include "tools/pipeline/embedded_start.h"
#include "tools/pipeline/open_state.h"

namespace spantoll::tools {
namespace {

Result<RunSource> open_kafka(const RunOptions& options, const store::LoadedState& state) {
    ingest::KafkaSourceOptions kafka;
    kafka.settings = options.settings.kafka;
    kafka.gaps = options.gaps;
    for (const auto& [partition, row] : state.offsets) {
        kafka.positions[partition] = start_position(state, partition);
    }
    Result<std::unique_ptr<ingest::KafkaSource>> opened = ingest::KafkaSource::open(kafka);
    if (!opened) {
        return tl::make_unexpected(opened.error());
    }
    RunSource source;
    source.kafka = opened->get();
    source.source = std::move(*opened);
    for (const std::string& topic : source.kafka->topics_with_create_time()) {
        spdlog::warn(
            "topic {} has CreateTime: no append time can be trusted, so a span from the future is "
            "judged by this machine's clock; set message.timestamp.type=LogAppendTime on the topic",
            topic);
    }
    for (const std::string& line : source.kafka->behind_group()) {
        spdlog::error("{}", line);
    }
    source.start_offsets = source.kafka->start_offsets();
    source.gaps = source.kafka->gaps();
    return source;
}

Result<RunSource> open_embedded(const RunOptions& options,
                                const store::LoadedState& state,
                                Clock& clock) {
    const Settings& settings = options.settings;
    store::TopicLogOptions topic;
    topic.directory = settings.data;
    topic.retention_ms = settings.retention.topic_ms;
    topic.retention_mb = settings.retention.topic_mb;
    if (options.gaps == ingest::GapPolicy::kAccept) {
        topic.damage = store::TopicDamage::kAccepted;
    }
    Result<std::unique_ptr<store::TopicLog>> log = store::TopicLog::open(topic);
    if (!log) {
        return tl::make_unexpected(log.error());
    }
    const TopicPartition name{std::string(kEmbeddedTopic), 0};
    Result<EmbeddedStart> start =
        plan_embedded_start(**log, settings.data, start_position(state, name), options.gaps);
    if (!start) {
        return tl::make_unexpected(start.error());
    }
    (*log)->set_consumed(start->offset);
    if (const std::string& damage = (*log)->accepted_damage(); !damage.empty()) {
        start->gaps.insert(start->gaps.begin(), damage);
    }
    RunSource source;
    auto embedded = std::make_unique<EmbeddedSource>(
        **log,
        clock,
        EmbeddedReading{
            .next_offset = start->offset, .reading = Reading::kEndless, .gaps = options.gaps});
    source.embedded = embedded.get();
    source.source = std::move(embedded);
    source.log = std::move(*log);
    source.start_offsets = {start->offset};
    source.gaps = std::move(start->gaps);
    return source;
}

}  // namespace

Result<RunSource> open_run_source(const RunOptions& options,
                                  const store::LoadedState& state,
                                  Clock& clock) {
    return options.settings.kafka.brokers.empty() ? open_embedded(options, state, clock)
                                                  : open_kafka(options, state);
}

Result<void> write_gaps(const RunSource& source,
                        Engine& engine,
                        store::Store& store,
                        Clock& clock) {
    if (source.gaps.empty()) {
        return {};
    }
    for (size_t i = 0; i < engine.partitions().size(); ++i) {
        const auto index = static_cast<PartitionIndex>(i);
        if (source.start_offsets[i] != engine.next_offset(index)) {
            engine.move_position(index, source.start_offsets[i]);
        }
    }
    return audit_gaps(source.gaps, store, clock);
}

Result<void> audit_gaps(const std::vector<std::string>& gaps, store::Store& store, Clock& clock) {
    if (gaps.empty()) {
        return {};
    }
    store::Commit audit;
    for (const std::string& line : gaps) {
        spdlog::error("gap accepted: {}", line);
        audit.audits.push_back({clock.now().ms, "gap accepted: " + line});
    }
    return store.commit(audit, store::Durability::kSynced);
}

}  // namespace spantoll::tools
