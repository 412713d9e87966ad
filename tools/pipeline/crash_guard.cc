#include "tools/pipeline/crash_guard.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace spantoll::tools {

CrashGuard::CrashGuard(store::Store& store, std::optional<RunningRow> before, const Engine& engine)
    : store_(store), engine_(&engine), follows_a_crash_(before.has_value()) {
    const std::vector<TopicPartition>& partitions = engine.partitions();
    for (size_t i = 0; i < partitions.size(); ++i) {
        polled_at_start_.push_back(engine.counts(static_cast<PartitionIndex>(i)).polled);
    }
    if (!before) {
        return;
    }
    row_ = *std::move(before);
    is_unattributed_ = !row_.is_reading_last;
    if (row_.is_reading_last) {
        row_.suspects.back().deaths += 1;
        row_.is_reading_last = false;
    }
    forget_committed();
}

Result<void> CrashGuard::start() {
    return store_.put_running(row_);
}

bool CrashGuard::is_watching(PartitionIndex partition) const {
    return follows_a_crash_ &&
           engine_->counts(partition).polled - polled_at_start_[partition] < kWatchedSpansMax;
}

Result<CrashGuard::Turn> CrashGuard::begin(const ingest::Record& record) {
    end_turn();
    const TopicPartition& partition = engine_->partitions()[record.partition];
    const auto found =
        std::find_if(row_.suspects.begin(), row_.suspects.end(), [&](const SuspectRecord& suspect) {
            return suspect.offset == record.offset && suspect.partition == partition;
        });
    is_last_passing_ = found == row_.suspects.end();
    if (!is_last_passing_) {
        std::rotate(found, found + 1, row_.suspects.end());
    } else {
        if (row_.suspects.size() == kSuspectsMax) {
            row_.suspects.erase(row_.suspects.begin());
        }
        const uint32_t deaths = is_unattributed_ && !has_committed_ ? 1 : 0;
        row_.suspects.push_back({partition, record.offset, deaths});
    }
    if (row_.suspects.back().deaths >= kDeathsMax) {
        return Turn::kRefuse;
    }
    row_.is_reading_last = true;
    return store_.put_running(row_).map([] { return Turn::kFold; });
}

// A record whose turn went well, and that was not suspected before, is forgotten.
void CrashGuard::end_turn() {
    if (is_last_passing_) {
        row_.suspects.pop_back();
        is_last_passing_ = false;
    }
    row_.is_reading_last = false;
}

Result<void> CrashGuard::end_batch() {
    if (!row_.is_reading_last) {
        return {};
    }
    end_turn();
    return store_.put_running(row_);
}

void CrashGuard::committed() {
    has_committed_ = true;
    forget_committed();
}

void CrashGuard::forget_committed() {
    const std::vector<TopicPartition>& partitions = engine_->partitions();
    std::erase_if(row_.suspects, [&](const SuspectRecord& suspect) {
        const auto found = std::find(partitions.begin(), partitions.end(), suspect.partition);
        const auto index = static_cast<PartitionIndex>(found - partitions.begin());
        return found == partitions.end() || suspect.offset < engine_->next_offset(index);
    });
}

void CrashGuard::failed() {
    end_turn();
    store_.put_running_after_failure(row_);
}

std::string CrashGuard::suspects() const {
    std::string text;
    for (const SuspectRecord& suspect : row_.suspects) {
        text += fmt::format("{}{}/{}@{} ({} {})",
                            text.empty() ? "" : ", ",
                            suspect.partition.topic,
                            suspect.partition.partition,
                            suspect.offset,
                            suspect.deaths,
                            suspect.deaths == 1 ? "death" : "deaths");
    }
    return text;
}

}  // namespace spantoll::tools
