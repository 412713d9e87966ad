#include "tools/answers/status_text.h"

#include <optional>

#include "schemas/text/json_writer.h"
#include "schemas/text/zone_database.h"
#include "tools/answers/metrics.h"

namespace spantoll::tools {
namespace {

void add_partition_counts(MetricsText& text, const Status& status) {
    text.counter("spantoll_spans_polled_total", "Spans read, one for a record refused as a whole.");
    const auto each = [&](auto&& value) {
        for (const Status::Partition& p : status.partitions) {
            const std::string number = std::to_string(p.name.partition);
            text.sample(value(p), {{"topic", p.name.topic}, {"partition", number}});
        }
    };
    each([](const auto& p) { return p.counts.polled; });
    text.counter("spantoll_spans_accepted_total", "Spans charged to their accounts.");
    each([](const auto& p) { return p.counts.accepted; });
    text.counter("spantoll_spans_duplicate_total", "Spans whose identity was remembered.");
    each([](const auto& p) { return p.counts.duplicate; });
    text.counter("spantoll_spans_late_total", "Accepted spans whose pane was closed.");
    each([](const auto& p) { return p.counts.late; });
    text.counter("spantoll_spans_clamped_total",
                 "Accepted spans with a time from the future, charged at their append time.");
    each([](const auto& p) { return p.counts.clamped; });
    text.gauge("spantoll_next_offset", "First offset that has not been read.");
    each([](const auto& p) { return p.offset.next_offset; });
    text.gauge("spantoll_end_offset", "The broker's end as last heard; -1 = unknown.");
    each([](const auto& p) { return p.view.end_offset; });
    text.gauge("spantoll_partition_unread",
               "1 where unread records, an unknown end or no leader bind the watermark.");
    each([](const auto& p) { return static_cast<int64_t>(p.view.binds_watermark); });
    text.counter("spantoll_spans_refused_total", "Spans refused, by reason.");
    for (const Status::Partition& p : status.partitions) {
        const std::string number = std::to_string(p.name.partition);
        for (size_t i = 0; i < kRefusalCount; ++i) {
            text.sample(
                p.counts.refused[i],
                {{"topic", p.name.topic}, {"partition", number}, {"reason", kRefusalNames[i]}});
        }
    }
}

void add_time(MetricsText& text, const Status& status, int64_t now_ms) {
    if (status.watermark_ms != kUnset) {
        text.gauge("spantoll_watermark_seconds",
                   "Event time up to which input is complete, Unix epoch.")
            .sample_ms(status.watermark_ms);
        text.gauge("spantoll_watermark_lag_seconds", "Wall clock minus watermark.")
            .sample_ms(now_ms - status.watermark_ms);
        text.gauge("spantoll_closed_until_seconds",
                   "Start of the first pane not closed, Unix epoch.")
            .sample_ms(status.first_open_pane.start_ms());
    }
    if (status.dedup_oldest_pane.is_set()) {
        text.gauge("spantoll_dedup_oldest_expiry_seconds",
                   "When the oldest remembered identities are forgotten, Unix epoch.")
            .sample_ms(status.dedup_oldest_pane.end_ms());
    }
    text.gauge("spantoll_dedup_ids", "Identities remembered.").sample(status.remembered_ids);
}

std::string_view why_bound(const WatermarkVotes::View& view) {
    return !view.has_leader ? "no leader" : view.end_offset < 0 ? "end unknown" : "unread records";
}

void add_outputs(MetricsText& text, const Status& status) {
    text.gauge("spantoll_output_lag", "Decisions and dead letters that have not arrived.");
    for (const Publisher::View& output : status.outputs) {
        text.sample(output.lag, {{"output", output.name}});
    }
    text.counter("spantoll_output_lost_total",
                 "Those that an output that may lag has lost, since the start.");
    for (const Publisher::View& output : status.outputs) {
        text.sample(output.lost, {{"output", output.name}});
    }
    text.gauge("spantoll_output_failed", "1 where an output that may lag has failed for good.");
    for (const Publisher::View& output : status.outputs) {
        text.sample(static_cast<int64_t>(output.has_failed), {{"output", output.name}});
    }
}

}  // namespace

std::string metrics_text(const Status& status, const ProcessUsage& usage, int64_t now_ms) {
    MetricsText text;
    add_partition_counts(text, status);
    add_time(text, status, now_ms);
    text.gauge("spantoll_accounts", "Accounts in memory, by kind, strangers aside.");
    for (const auto& [kind, count] : status.accounts_by_kind) {
        text.sample(count, {{"kind", kind}});
    }
    text.counter("spantoll_overflow_charges_total",
                 "Charges to ~other accounts because max_per_kind was reached, since the start.")
        .sample(status.overflow_charges);
    text.counter("spantoll_invalid_names_total",
                 "Charges to ~invalid accounts for values that are no good names, since the start.")
        .sample(status.invalid_names);
    text.counter("spantoll_unpriced_spans_total",
                 "Spans with usage that no price covers, since the start.")
        .sample(status.unpriced_spans);
    text.counter("spantoll_spans_without_cost_or_usage_total",
                 "Spans with neither a cost nor usage, which no price covers, since the start.")
        .sample(status.costless_spans);
    text.counter("spantoll_decisions_total", "Decisions made since the start.")
        .sample(status.decisions);
    text.counter("spantoll_commits_total", "Commits since the start.").sample(status.commits);
    text.counter("spantoll_engine_busy_seconds_total", "Time the engine did not wait for records.")
        .sample_ms(status.busy_ms);
    text.counter("spantoll_commit_seconds_total", "The part of it that commits took.")
        .sample_ms(status.commit_ms);
    text.counter("process_cpu_seconds_total", "CPU that all threads took, user and system.")
        .sample_ms(usage.cpu_ms);
    text.gauge("process_resident_memory_bytes", "Memory that the process has now.")
        .sample(usage.resident_bytes);
    text.gauge("spantoll_usage_meters", "Distinct usage meters seen.").sample(status.usage_meters);
    text.gauge("spantoll_outbox_waiting", "Decisions and dead letters not delivered yet.")
        .sample(status.outbox_waiting);
    text.gauge("spantoll_outbox_full", "1 while nothing is read because the outbox is full.")
        .sample(static_cast<int64_t>(status.is_outbox_full));
    add_outputs(text, status);
    text.gauge("spantoll_flags_in_force", "Levels other than none, shadow limits aside.")
        .sample(status.flags_in_force);
    text.gauge("spantoll_dead_letter_bytes", "Size of the dead letters kept in the store.")
        .sample(status.dead_letter_bytes);
    text.gauge("spantoll_partitions_behind_group",
               "Partitions whose stored position was behind the group's at the start.")
        .sample(status.partitions_behind_group);
    return text.take();
}

std::string ready_json(const Status& status, bool& is_ready) {
    is_ready = !status.is_outbox_full && !status.partitions.empty() && !status.is_cold;
    JsonArray holding;
    for (const Status::Partition& p : status.partitions) {
        const bool is_unknown = p.view.end_offset < 0 || !p.view.has_leader;
        is_ready = is_ready && !is_unknown;
        if (p.view.binds_watermark) {
            holding.add_json(JsonObject()
                                 .add_text("topic", p.name.topic)
                                 .add("partition", p.name.partition)
                                 .add_text("reason", why_bound(p.view))
                                 .str());
        }
    }
    const std::optional<int64_t> watermark_ms =
        status.watermark_ms == kUnset ? std::nullopt : std::optional(status.watermark_ms);
    return JsonObject()
        .add_flag("ready", is_ready)
        .add("watermark_ms", watermark_ms)
        .add_flag("outbox_full", status.is_outbox_full)
        .add_flag("cold", status.is_cold)
        .add_json("holding", holding.str())
        .add_text("time_zones", zone_database().release)
        .str();
}

}  // namespace spantoll::tools
