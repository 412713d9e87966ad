#include "ingest/kafka/start.h"

#include <algorithm>
#include <spdlog/spdlog.h>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace spantoll::ingest {
namespace {

std::string text_of(const TopicPartition& partition) {
    return fmt::format("{}/{}", partition.topic, partition.partition);
}

std::string text_of(Gap gap, const TopicPartition& partition, const StartFacts& facts) {
    const StartPosition stored = facts.stored.value_or(StartPosition{});
    const int64_t next = stored.next_offset;
    switch (gap) {
        case Gap::kNone:
            break;
        case Gap::kRemoved:
            return fmt::format(
                "{}: the log begins at offset {} but the store goes on from {}, {} "
                "offsets were removed unread",
                text_of(partition),
                facts.held.begin,
                next,
                facts.held.begin - next);
        case Gap::kEndsBefore:
            return fmt::format("{}: the log ends at offset {} but the store goes on from {}",
                               text_of(partition),
                               facts.held.end,
                               next);
        case Gap::kOtherRecords:
            return fmt::format(
                "{}: the record at offset {} is not the one that was read there, "
                "the log holds other records",
                text_of(partition),
                stored.last_offset);
    }
    return {};
}

// The facts of each partition, in their order.
Result<std::vector<StartFacts>> ask_facts(KafkaProbe& probe,
                                          const std::vector<TopicPartition>& partitions,
                                          const std::map<TopicPartition, StartPosition>& stored) {
    std::vector<StartFacts> facts(partitions.size());
    std::vector<OffsetOf> wanted;
    std::vector<size_t> wanted_by;
    const auto ranges = probe.ranges(partitions);
    if (!ranges) {
        return tl::make_unexpected(ranges.error());
    }
    for (size_t i = 0; i < partitions.size(); ++i) {
        const OffsetRange& held = (*ranges)[i];
        facts[i].held = held;
        const auto position = stored.find(partitions[i]);
        if (position == stored.end()) {
            continue;
        }
        facts[i].stored = position->second;
        const int64_t last = position->second.last_offset;
        if (last >= held.begin && last < held.end) {
            wanted.push_back({partitions[i], last});
            wanted_by.push_back(i);
        }
    }
    auto found = probe.records_at(wanted);
    if (!found) {
        return tl::make_unexpected(found.error());
    }
    for (size_t i = 0; i < wanted.size(); ++i) {
        facts[wanted_by[i]].found = (*found)[i];
    }
    return facts;
}

// The offset where reading continues after a gap.
Result<int64_t> offset_after(Gap gap,
                             KafkaProbe& probe,
                             const TopicPartition& partition,
                             const StartFacts& facts) {
    const StartPosition stored = facts.stored.value_or(StartPosition{});
    const int64_t last_append_ms = stored.last_offset >= 0 ? stored.last.append_ms : 0;
    if (gap == Gap::kRemoved || last_append_ms == 0) {
        return facts.held.begin;
    }
    const auto newer = probe.offset_at_time(partition, last_append_ms + 1);
    if (!newer) {
        return tl::make_unexpected(newer.error());
    }
    return newer->value_or(facts.held.end);
}

// Partitions of the configured topics that the store has read but that no longer exist.
std::vector<std::string> vanished(const std::vector<TopicPartition>& partitions,
                                  const KafkaSourceOptions& options) {
    std::vector<std::string> lines;
    const auto& topics = options.settings.topics;
    for (const auto& [partition, position] : options.positions) {
        const bool is_ours =
            std::find(topics.begin(), topics.end(), partition.topic) != topics.end();
        if (is_ours && !std::binary_search(partitions.begin(), partitions.end(), partition)) {
            lines.push_back(fmt::format("{}: the partition is gone, the store goes on from {}",
                                        text_of(partition),
                                        position.next_offset));
        }
    }
    return lines;
}

Result<void> add_behind_group(KafkaProbe& probe, const std::string& group, KafkaStart& start) {
    const auto committed = probe.group_offsets(start.partitions);
    if (!committed) {
        return tl::make_unexpected(committed.error());
    }
    for (size_t i = 0; i < start.partitions.size(); ++i) {
        const int64_t shown = (*committed)[i].value_or(0);
        if (shown > start.offsets[i]) {
            start.behind_group.push_back(
                fmt::format("{}: the store goes on from offset {} but group '{}' has committed {}: "
                            "a restored backup, a torn disk or a fresh store; records are read "
                            "again from the store's position",
                            text_of(start.partitions[i]),
                            start.offsets[i],
                            group,
                            shown));
        }
    }
    return {};
}

}  // namespace

Gap judge_start(const StartFacts& facts) {
    if (!facts.stored) {
        return Gap::kNone;
    }
    if (facts.stored->next_offset < facts.held.begin) {
        return Gap::kRemoved;
    }
    if (facts.stored->next_offset > facts.held.end) {
        return Gap::kEndsBefore;
    }
    const bool is_comparable = facts.stored->last_offset >= 0 && facts.found &&
                               facts.found->offset == facts.stored->last_offset;
    if (is_comparable && facts.found->fingerprint != facts.stored->last) {
        return Gap::kOtherRecords;
    }
    return Gap::kNone;
}

Result<KafkaStart> plan_start(KafkaProbe& probe, const KafkaSourceOptions& options) {
    auto partitions = probe.partitions();
    if (!partitions) {
        return tl::make_unexpected(partitions.error());
    }
    KafkaStart start;
    start.partitions = std::move(*partitions);
    start.gaps = vanished(start.partitions, options);
    const auto facts = ask_facts(probe, start.partitions, options.positions);
    if (!facts) {
        return tl::make_unexpected(facts.error());
    }
    for (size_t i = 0; i < start.partitions.size(); ++i) {
        const StartFacts& fact = (*facts)[i];
        const Gap gap = judge_start(fact);
        if (!fact.stored && fact.held.begin > 0) {
            spdlog::warn(
                "kafka: {} is read for the first time and begins at offset {}: what came before is "
                "gone and is not counted",
                text_of(start.partitions[i]),
                fact.held.begin);
        }
        if (gap == Gap::kNone) {
            start.offsets.push_back(fact.stored ? fact.stored->next_offset : fact.held.begin);
            continue;
        }
        const auto offset = offset_after(gap, probe, start.partitions[i], fact);
        if (!offset) {
            return tl::make_unexpected(offset.error());
        }
        start.offsets.push_back(*offset);
        start.gaps.push_back(fmt::format(
            "{}; the next to be read is {}", text_of(gap, start.partitions[i], fact), *offset));
    }
    if (!start.gaps.empty() && options.gaps == GapPolicy::kRefuse) {
        return failure(ErrorKind::kConfig,
                       fmt::format("kafka: {}; to go on all the same say --accept-gap",
                                   fmt::join(start.gaps, " | ")));
    }
    if (auto added = add_behind_group(probe, options.settings.group, start); !added) {
        return tl::make_unexpected(added.error());
    }
    start.topics_with_create_time = probe.topics_with_create_time();
    return start;
}

}  // namespace spantoll::ingest
