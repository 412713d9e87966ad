#include "tools/feed/feed.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string_view>
#include <unistd.h>
#include <utility>

#include <fmt/format.h>

#include "schemas/text/printable.h"
#include "schemas/text/suggestion.h"
#include "schemas/window_spec.h"
#include "tools/client/http_client.h"
#include "tools/feed/feed_csv.h"
#include "tools/feed/feed_run.h"
#include "tools/feed/feed_scenario.h"
#include "tools/feed/feed_target.h"
#include "tools/feed/time_text.h"
#include "tools/process/report.h"
#include "tools/process/standard_output.h"
#include "tools/process/stop_signal.h"
#include "tools/process/system_clock.h"

namespace spantoll::tools {
namespace {

constexpr int64_t kDefaultDurationMs = kHourMs;
constexpr uint64_t kLiveRate = 1'000;
constexpr uint64_t kAccountsMax = 100'000'000;
constexpr double kZipfMax = 10;
constexpr uint64_t kAttributesMax = 1'000;
constexpr uint64_t kSpansPerRecordMax = 1'000'000;  // far more than is accepted, to see it refused
constexpr int kExitInterrupted = 130;               // as a shell reports Ctrl-C

tl::unexpected<Error> wrong_usage(std::string message) {
    return failure(ErrorKind::kUsage, std::move(message));
}

// The options, checked.
struct FeedPlan {
    std::unique_ptr<SpanFeed> feed;
    FeedRunOptions run;
    uint64_t spans = 0;  // how many to expect; 0 = unknown
};

Result<Format> read_format(const FeedOptions& options) {
    if (options.format.empty()) {
        return options.to.ends_with(".jsonl") ? Format::kJson : Format::kFlatBuffers;
    }
    if (options.format == "json") {
        return Format::kJson;
    }
    if (options.format == "flatbuffers") {
        return Format::kFlatBuffers;
    }
    return wrong_usage(fmt::format("--format {}: write flatbuffers or json", options.format));
}

Result<ScenarioSchedule> read_schedule(const FeedOptions& options) {
    ScenarioSchedule schedule{.spans = options.spans};
    const int64_t now_ms = SystemClock().now().ms;
    schedule.duration_ms = kDefaultDurationMs;
    if (options.live) {
        const uint64_t rate = options.rate == 0 ? kLiveRate : options.rate;
        schedule.duration_ms = static_cast<int64_t>(options.spans * 1000 / rate);
        schedule.start_ms = now_ms;
        return schedule;
    }
    if (!options.duration.empty()) {
        const std::optional<int64_t> duration_ms = parse_duration_ms(options.duration);
        if (!duration_ms) {
            return wrong_usage(
                fmt::format("--duration {}: write e.g. 10m, 1h or 30d", options.duration));
        }
        schedule.duration_ms = *duration_ms;
    }
    schedule.start_ms = now_ms - schedule.duration_ms;
    if (!options.start.empty()) {
        const std::optional<int64_t> start_ms = parse_time_from_now_ms(options.start, now_ms);
        if (!start_ms) {
            return wrong_usage(fmt::format(
                "--start {}: write e.g. 2026-11-20T13:00:00Z, now or -1h", options.start));
        }
        schedule.start_ms = *start_ms;
    }
    return schedule;
}

Result<void> check_scenario(const FeedOptions& options) {
    if (std::ranges::find(kScenarioNames, options.scenario) == std::end(kScenarioNames)) {
        return wrong_usage(fmt::format(
            "--scenario {}: {}",
            options.scenario,
            suggestion(options.scenario, {std::begin(kScenarioNames), std::end(kScenarioNames)})));
    }
    if (options.spans == 0) {
        return wrong_usage("--spans 0: nothing to send");
    }
    if (options.accounts == 0 || options.accounts > kAccountsMax) {
        return wrong_usage(
            fmt::format("--accounts {}: write 1 to {}", options.accounts, kAccountsMax));
    }
    if (!(options.zipf >= 0 && options.zipf <= kZipfMax)) {
        return wrong_usage(
            fmt::format("--zipf {}: write 0 (uniform) to {}", options.zipf, kZipfMax));
    }
    if (options.attributes > kAttributesMax) {
        return wrong_usage(
            fmt::format("--attributes {}: at most {}", options.attributes, kAttributesMax));
    }
    if (options.live &&
        (!options.start.empty() || !options.duration.empty() || options.speed != 0)) {
        return wrong_usage(
            "--live takes its times from the clock: leave out --start, --duration and --speed");
    }
    return {};
}

Result<void> plan_scenario(const FeedOptions& options, FeedPlan& plan) {
    if (Result<void> checked = check_scenario(options); !checked) {
        return checked;
    }
    const Result<ScenarioSchedule> schedule = read_schedule(options);
    if (!schedule) {
        return tl::make_unexpected(schedule.error());
    }
    if (options.live && options.rate == 0) {
        plan.run.spans_per_second = kLiveRate;
    }
    if (options.speed > 0 && schedule->duration_ms > 0) {
        const double rate = static_cast<double>(options.spans) * 1000 * options.speed /
                            static_cast<double>(schedule->duration_ms);
        plan.run.spans_per_second =
            std::max<uint64_t>(static_cast<uint64_t>(std::llround(rate)), 1);
    }
    plan.spans = options.spans;
    plan.feed = std::make_unique<ScenarioFeed>(make_scenario(options.scenario,
                                                             {.seed = options.seed,
                                                              .accounts = options.accounts,
                                                              .zipf = options.zipf,
                                                              .attributes = options.attributes}),
                                               *schedule);
    return {};
}

// The path of --to file:PATH; empty where spans go elsewhere.
std::string target_path(const FeedOptions& options) {
    constexpr std::string_view kFile = "file:";
    return options.to.starts_with(kFile) ? options.to.substr(kFile.size()) : std::string();
}

// Continuing from a row writes only the rest, which would overwrite the earlier part in the same
// file.
Result<void> check_file_is_new(const FeedOptions& options) {
    const std::string path = target_path(options);
    std::error_code failed;
    if (options.from_row == 0 || path.empty()) {
        return {};
    }
    const uintmax_t size = std::filesystem::file_size(path, failed);
    if (failed || size == 0) {
        return {};
    }
    return wrong_usage(
        fmt::format("{} would be written over: with --from-row name another file in --to", path));
}

// Creates the target file, empty where it did not exist, so that whoever reads it next finds it
// even if nothing was sent.
void touch_file(const FeedOptions& options) {
    if (const std::string path = target_path(options); !path.empty()) {
        std::ofstream(path, std::ios::app);
    }
}

Result<void> plan_csv(const FeedOptions& options, FeedPlan& plan) {
    if (options.live || options.speed != 0 || !options.start.empty() || !options.duration.empty()) {
        return wrong_usage(
            "--csv has its own times: leave out --live, --speed, --start and --duration");
    }
    if (options.delimiter.size() > 1) {
        return wrong_usage(fmt::format("--delimiter {}: write one character", options.delimiter));
    }
    const CsvFeedOptions csv{.path = options.csv,
                             .maps = options.maps,
                             .delimiter = options.delimiter.empty() ? ',' : options.delimiter[0],
                             .from_line = options.from_row,
                             .name = options.csv_name};
    if (const Result<void> checked = check_file_is_new(options); !checked) {
        return checked;
    }
    if (const Result<void> checked = CsvFeed::check(csv); !checked) {
        touch_file(options);
        return checked;
    }
    auto feed = CsvFeed::open(csv);
    if (!feed) {
        return tl::make_unexpected(feed.error());
    }
    plan.feed = std::move(*feed);
    return {};
}

Result<FeedPlan> read_plan(const FeedOptions& options) {
    if (options.scenario.empty() == options.csv.empty()) {
        return wrong_usage(fmt::format("say what to send: --scenario {}, or --csv F with --map",
                                       fmt::join(kScenarioNames, "|")));
    }
    if (options.csv.empty() &&
        (!options.maps.empty() || options.from_row != 0 || !options.csv_name.empty())) {
        return wrong_usage("--map, --from-row and --csv-name go with --csv");
    }
    if (options.spans_per_record == 0 || options.spans_per_record > kSpansPerRecordMax) {
        return wrong_usage(fmt::format(
            "--spans-per-record {}: write 1 to {}", options.spans_per_record, kSpansPerRecordMax));
    }
    if (options.rate != 0 && options.speed != 0) {
        return wrong_usage("--rate and --speed both say how fast: give one");
    }
    if (!(options.speed >= 0) || !std::isfinite(options.speed)) {
        return wrong_usage(fmt::format("--speed {}: write e.g. 60", options.speed));
    }
    const Result<Format> format = read_format(options);
    if (!format) {
        return tl::make_unexpected(format.error());
    }
    FeedPlan plan;
    plan.run.format = *format;
    plan.run.spans_per_record = options.spans_per_record;
    plan.run.spans_per_second = options.rate;
    const Result<void> planned =
        options.csv.empty() ? plan_scenario(options, plan) : plan_csv(options, plan);
    if (!planned) {
        return tl::make_unexpected(planned.error());
    }
    return plan;
}

std::string_view grouped(uint64_t number, fmt::memory_buffer& buffer) {
    const std::string digits = std::to_string(number);
    buffer.clear();
    for (size_t i = 0; i < digits.size(); ++i) {
        if (i > 0 && (digits.size() - i) % 3 == 0) {
            buffer.push_back(',');
        }
        buffer.push_back(digits[i]);
    }
    return {buffer.data(), buffer.size()};
}

// The lines on standard error for the user.
class FeedReport {
  public:
    FeedReport(const FeedOptions& options, uint64_t spans)
        : quiet_(options.quiet),
          shows_progress_(!options.quiet && isatty(STDERR_FILENO) != 0),
          to_(options.to),
          spans_(spans) {}

    void progress(uint64_t sent) const {
        if (!shows_progress_) {
            return;
        }
        fmt::memory_buffer buffer;
        write_error(fmt::format("\rfeed: {}", grouped(sent, buffer)));
        if (spans_ > 0) {
            write_error(fmt::format(" of {} spans", grouped(spans_, buffer)));
        }
    }

    void summary(const FeedSummary& summary) const {
        if (quiet_) {
            return;
        }
        fmt::memory_buffer spans;
        fmt::memory_buffer records;
        fmt::memory_buffer rate;
        const double seconds = std::max(summary.seconds, 1e-6);
        write_error(fmt::format(
            "{}feed: {} spans in {} records to {} in {:.2f} s, {} spans/s\n",
            shows_progress_ ? "\r\x1b[K" : "",
            grouped(summary.spans, spans),
            grouped(summary.records, records),
            to_,
            seconds,
            grouped(static_cast<uint64_t>(static_cast<double>(summary.spans) / seconds), rate)));
        if (summary.refused > 0) {
            write_error(fmt::format("feed: {} records were refused whole: {}\n",
                                    grouped(summary.refused, spans),
                                    printable(summary.refusal)));
        }
        if (!summary.remark.empty()) {
            write_error(fmt::format("feed: {}\n", summary.remark));
        }
    }

    // Printed even with --quiet: without this line the rest could be charged twice, or never.
    void stopped(const FeedSummary& summary) const {
        if (summary.next_line) {
            write_error(
                fmt::format("{}feed: stopped before line {}: send the rest with --from-row {}\n",
                            shows_progress_ ? "\r\x1b[K" : "",
                            *summary.next_line,
                            *summary.next_line));
        }
    }

  private:
    const bool quiet_;
    const bool shows_progress_;
    const std::string to_;
    const uint64_t spans_;
};

// Adds to an error what was already sent and where to continue.
Error with_rest(Error error, const FeedSummary& summary) {
    if (!summary.next_line || error.kind == ErrorKind::kDisk) {
        return error;  // a partly written file is of no use: feed it again
    }
    error.message +=
        summary.spans == 0
            ? fmt::format("; nothing is known to have arrived: begin with --from-row {}",
                          *summary.next_line)
            : fmt::format("; what stands before line {} was sent: go on with --from-row {}",
                          *summary.next_line,
                          *summary.next_line);
    return error;
}

}  // namespace

int feed_command(const FeedOptions& options) {
    Result<FeedPlan> plan = read_plan(options);
    if (!plan) {
        return report_error("feed", plan.error());
    }
    const Result<HttpClientOptions> client =
        client_options({options.token_file, options.authority, options.certificate});
    if (!client) {
        return report_error("feed", client.error());
    }
    catch_stop_signals();
    Result<std::unique_ptr<FeedTarget>> target =
        open_feed_target({.to = options.to, .client = *client});
    if (!target) {
        return report_error("feed", target.error());
    }
    const FeedReport report(options, plan->spans);
    plan->run.on_progress = [&report](uint64_t spans) { report.progress(spans); };
    FeedSummary summary;
    const Result<void> result = run_feed(*plan->feed, **target, plan->run, summary);
    report.summary(summary);
    if (!result) {
        return report_error("feed", with_rest(result.error(), summary));
    }
    if (!is_stop_requested()) {
        return 0;
    }
    report.stopped(summary);
    return kExitInterrupted;
}

}  // namespace spantoll::tools
