#include "tools/pipeline/status.h"

#include <algorithm>

#include <fmt/format.h>

namespace spantoll::tools {

void StatusBoard::set(Status status) {
    const std::lock_guard lock(mutex_);
    status_ = std::move(status);
}

Status StatusBoard::get() const {
    const std::lock_guard lock(mutex_);
    return status_;
}

Status take_status(Engine& engine, const WatermarkVotes& votes) {
    Status status;
    const std::vector<WatermarkVotes::View> views = votes.views();
    for (size_t i = 0; i < engine.partitions().size(); ++i) {
        const auto index = static_cast<PartitionIndex>(i);
        status.partitions.push_back(
            {engine.partitions()[i], engine.offset_row(index), engine.counts(index), views[i]});
    }
    const auto& kinds = engine.kinds().all();
    for (size_t i = 0; i < kinds.size(); ++i) {
        status.accounts_by_kind.emplace_back(
            kinds[i].name, engine.ledger().account_count(static_cast<KindIndex>(i)));
    }
    status.watermark_ms = engine.watermark().value_ms();
    status.first_open_pane = engine.first_open_pane();
    status.overflow_charges = engine.ledger().overflow_count();
    status.invalid_names = engine.invalid_names();
    status.is_cold = engine.is_cold();
    status.unpriced_spans = engine.unpriced_spans();
    status.costless_spans = engine.costless_spans();
    status.decisions = engine.decision_count();
    status.usage_meters = engine.meters().size();
    status.remembered_ids = engine.dedup().size();
    status.dedup_oldest_pane = engine.dedup().oldest_pane();
    return status;
}

std::string cost_remark(const Engine& engine) {
    std::string remark;
    if (engine.unpriced_spans() > 0) {
        remark = fmt::format("{} are unpriced: they have usage that no price covers",
                             engine.unpriced_spans());
    }
    if (engine.costless_spans() > 0) {
        remark += fmt::format("{}{} have neither cost nor usage: they cost nothing",
                              remark.empty() ? "" : "; ",
                              engine.costless_spans());
    }
    return remark.empty() ? remark : "of the spans, " + remark;
}

}  // namespace spantoll::tools
