#include "tools/pipeline/publisher.h"

#include <algorithm>

#include <fmt/format.h>

#include "schemas/event_time.h"
#include "schemas/text/rfc3339.h"

namespace spantoll::tools {

enforce::OutboxItem to_outbox_item(const store::OutboxEntry& entry) {
    enforce::OutboxItem item;
    item.sequence = entry.sequence;
    if (entry.decision) {
        const store::StoredDecision& decision = *entry.decision;
        item.type = enforce::OutboxItem::Type::kDecision;
        item.key = decision.account;
        item.payload = decision.json;
        item.headers = {{"ce_specversion", "1.0"},
                        {"ce_id", decision.id},
                        {"ce_source", "spantoll"},
                        {"ce_type", "spantoll.decision.v1"},
                        {"ce_time", rfc3339(decision.effective_ms)},
                        {"ce_subject", decision.account},
                        {"content-type", "application/json"}};
        return item;
    }
    item.type = enforce::OutboxItem::Type::kDeadLetter;
    if (!entry.dead_letter) {
        return item;  // its row went with the bound on dead letters; nothing is left to send
    }
    const store::DeadLetter& letter = *entry.dead_letter;
    std::string reasons;
    for (const auto& [index, reason] : letter.refused) {
        reasons += fmt::format("{}{}:{}", reasons.empty() ? "" : ",", index, name_of(reason));
    }
    item.key = fmt::format("{}/{}/{}", letter.topic, letter.partition, letter.offset);
    item.payload = letter.bytes;
    item.headers = {{"spantoll_version", "1"},
                    {"spantoll_reason", name_of(letter.refused.front().second).data()},
                    {"spantoll_reasons", reasons},
                    {"spantoll_detail", letter.detail},
                    {"spantoll_topic", letter.topic},
                    {"spantoll_partition", std::to_string(letter.partition)},
                    {"spantoll_offset", std::to_string(letter.offset)},
                    {"spantoll_size", std::to_string(letter.size)},
                    {"content-type", letter.content_type}};
    return item;
}

std::vector<store::OutboxEntry> entries_of(const store::Commit& commit) {
    std::vector<store::OutboxEntry> entries;
    entries.reserve(commit.decisions.size() + commit.dead_letters.size());
    for (const store::StoredDecision& decision : commit.decisions) {
        entries.push_back({decision.sequence, decision, std::nullopt});
    }
    for (const store::DeadLetter& letter : commit.dead_letters) {
        entries.push_back({letter.sequence, std::nullopt, letter});
    }
    return entries;
}

Publisher::Publisher(std::vector<enforce::Sink*> sinks)
    : sinks_(std::move(sinks)), handed_over_(sinks_.size()) {}

void Publisher::add(const std::vector<store::OutboxEntry>& entries) {
    for (const store::OutboxEntry& entry : entries) {
        items_.push_back(to_outbox_item(entry));
        bytes_ += items_.back().payload.size();
    }
}

Result<void> Publisher::drain() {
    uint64_t settled = items_.empty() ? settled_ : items_.back().sequence;
    for (size_t i = 0; i < sinks_.size(); ++i) {
        auto next = std::upper_bound(
            items_.begin(), items_.end(), handed_over_[i], [](uint64_t sequence, const auto& item) {
                return sequence < item.sequence;
            });
        for (; next != items_.end() && sinks_[i]->publish(*next); ++next) {
            handed_over_[i] = next->sequence;
        }
        const Result<uint64_t> arrived = sinks_[i]->settled();
        if (!arrived) {
            return tl::make_unexpected(arrived.error());
        }
        settled = std::min(settled, *arrived);
    }
    settled_ = std::max(settled_, settled);
    while (!items_.empty() && items_.front().sequence <= settled_) {
        bytes_ -= items_.front().payload.size();
        items_.pop_front();
    }
    return {};
}

Result<void> Publisher::flush(int64_t wait_ms) {
    if (Result<void> drained = drain(); !drained) {
        return drained;
    }
    for (enforce::Sink* sink : sinks_) {
        sink->flush(items_.empty() ? 0 : wait_ms);
    }
    return drain();
}

}  // namespace spantoll::tools
