#include "tools/commands/replay_command.h"

#include <map>
#include <memory>
#include <spdlog/spdlog.h>
#include <unistd.h>
#include <utility>

#include <fmt/format.h>

#include "ingest/file_source.h"
#include "schemas/text/zone_database.h"
#include "tools/commands/replay_commands.h"
#include "tools/commands/run_source.h"
#include "tools/control/controller.h"
#include "tools/pipeline/embedded_source.h"
#include "tools/pipeline/embedded_start.h"
#include "tools/pipeline/open_state.h"
#include "tools/pipeline/pipeline.h"
#include "tools/pipeline/status.h"
#include "tools/pipeline/stdout_sink.h"
#include "tools/process/standard_output.h"
#include "tools/process/stop_signal.h"
#include "tools/process/system_clock.h"

namespace spantoll::tools {
namespace {

constexpr int64_t kStopWaitMs = 60'000;
// A replay reads existing data, so nobody can exploit a known seed. With a fixed seed two replays
// are equal down to the last internal row.
constexpr uint64_t kReplayDedupSeed = 0;

// Both clocks stand still at the start, so that a replay gives the same result however long it
// takes.
class StartClock final : public Clock {
  public:
    explicit StartClock(Moment start) : start_(start) {}
    WallTime now() override { return start_.wall; }
    SteadyTime steady() override { return start_.steady; }

  private:
    const Moment start_;
};

struct ReplaySource {
    std::unique_ptr<store::TopicLog> log;
    std::unique_ptr<ingest::Source> source;
    store::CrashedRecords crashed;       // only for a data directory
    EmbeddedSource* embedded = nullptr;  // points to `source` if it is embedded
    std::vector<std::string> gaps;       // the accepted ones
    PartitionClocks clocks = PartitionClocks::kEach;
};

template <typename Opened>
Result<ReplaySource> as_source(Opened opened) {
    if (!opened) {
        return tl::make_unexpected(opened.error());
    }
    ReplaySource source;
    source.source = std::move(*opened);
    return source;
}

// Plans a replay of the embedded topic from its beginning. The log must hold everything that the
// state beside it was read from: records missing at its end would be missing in the replay, and
// nobody would notice.
Result<EmbeddedStart> plan_replay_start(store::TopicLog& log,
                                        const std::string& directory,
                                        const std::map<TopicPartition, OffsetRow>& positions,
                                        ingest::GapPolicy gaps) {
    Result<EmbeddedStart> start = plan_embedded_start(log, directory, {}, gaps);
    const auto stored = positions.find({std::string(kEmbeddedTopic), 0});
    if (!start || stored == positions.end()) {
        return start;
    }
    const OffsetRow& row = stored->second;
    return plan_embedded_start(log, directory, {row.next_offset, row.last_offset, row.last}, gaps)
        .map([&](EmbeddedStart&& beside) {
            // Report a gap only once.
            if (start->gaps.empty()) {
                start->gaps = std::move(beside.gaps);
            }
            return std::move(*start);
        });
}

Result<ReplaySource> open_source(const ReplayOptions& options, Clock& clock) {
    if (options.kafka) {
        return as_source(ingest::KafkaReplay::open(*options.kafka));
    }
    if (options.from_data.empty()) {
        Result<ReplaySource> files = as_source(ingest::FileSource::open(options.files));
        if (files) {
            files->clocks = PartitionClocks::kOne;
        }
        return files;
    }
    // Read the positions before opening the log: a running processor moves on meanwhile, but never
    // beyond the end of the log.
    Result<store::RecordsRead> read = store::read_records_read(options.from_data);
    if (!read) {
        return tl::make_unexpected(read.error());
    }
    store::TopicLogOptions log_options;
    log_options.directory = options.from_data;
    log_options.create_if_missing = false;
    log_options.read_only = true;
    Result<std::unique_ptr<store::TopicLog>> log = store::TopicLog::open(log_options);
    if (!log) {
        return tl::make_unexpected(log.error());
    }
    Result<EmbeddedStart> start =
        plan_replay_start(**log, options.from_data, read->positions, options.gaps);
    if (!start) {
        return tl::make_unexpected(start.error());
    }
    ReplaySource source;
    source.crashed = std::move(read->crashed);
    if (!read->zone_release.empty() && read->zone_release != zone_database().release) {
        spdlog::warn(
            "the time zone database is of release {}, {} was made with {}: windows in zones whose "
            "rules differ are replayed with those of today",
            zone_database().release,
            options.from_data,
            read->zone_release);
    }
    auto embedded = std::make_unique<EmbeddedSource>(**log,
                                                     clock,
                                                     EmbeddedReading{.next_offset = start->offset,
                                                                     .reading = Reading::kBounded,
                                                                     .gaps = options.gaps,
                                                                     .end = options.to_offset});
    source.embedded = embedded.get();
    source.source = std::move(embedded);
    source.log = std::move(*log);
    source.gaps = std::move(start->gaps);
    return source;
}

Result<void> open_sink(const std::string& decisions, std::unique_ptr<enforce::Sink>& sink) {
    if (decisions == "-") {
        sink = std::make_unique<StdoutSink>(STDOUT_FILENO, UnwrittenOutput::kIsAnError);
    } else if (!decisions.empty()) {
        Result<std::unique_ptr<FileSink>> file = FileSink::open(decisions);
        if (!file) {
            return tl::make_unexpected(file.error());
        }
        sink = std::move(*file);
    }
    return {};
}

void print_summary(Engine& engine) {
    CountsRow all;
    for (size_t i = 0; i < engine.partitions().size(); ++i) {
        const CountsRow& counts = engine.counts(static_cast<PartitionIndex>(i));
        all.polled += counts.polled;
        all.accepted += counts.accepted;
        all.duplicate += counts.duplicate;
        all.late += counts.late;
    }
    write_error(fmt::format(
        "replayed {} spans: {} accepted ({} late), {} duplicate, {} refused; {} accounts, {} "
        "decisions\n",
        all.polled,
        all.accepted,
        all.late,
        all.duplicate,
        all.polled - all.accepted - all.duplicate,
        engine.ledger().account_count(),
        engine.decision_count()));
    if (const std::string remark = cost_remark(engine); !remark.empty()) {
        write_error(remark + "\n");
    }
}

Result<void> play(const ReplayOptions& options, Pipeline& pipeline, ReplayCommands& commands) {
    while (!is_stop_requested()) {
        const Result<StepOutcome> step = pipeline.step();
        if (!step) {
            return tl::make_unexpected(step.error());
        }
        if (*step == StepOutcome::kFinished) {
            if (Result<void> applied = commands.apply_rest(); !applied) {
                return applied;
            }
            if (options.end == ReplayEnd::kCloses) {
                pipeline.engine().close_to_end();
            }
            return pipeline.finish(kStopWaitMs);
        }
    }
    return failure(ErrorKind::kUnavailable,
                   "stopped before the end: remove " + options.settings.data + " and replay again");
}

// The target of a replay, and its clocks.
struct ReplayPlace {
    OpenState& state;
    Publisher& publisher;
    Clock& clock;
    Clock& wall;
};

Result<void> play_whole(const ReplayOptions& options,
                        ReplaySource& source,
                        const CommandHistory& history,
                        const Settings& settings,
                        const ReplayPlace& place) {
    store::Store& store = *place.state.store;
    EnginePurpose purpose;
    purpose.partitions = source.source->partitions();
    purpose.clocks = source.clocks;
    std::unique_ptr<Engine> engine =
        make_engine(settings, purpose, store, std::move(place.state.loaded));
    PipelineParts parts;
    parts.source = source.source.get();
    parts.engine = engine.get();
    parts.store = &store;
    parts.publisher = &place.publisher;
    parts.clock = &place.clock;
    parts.pacing = Pacing::kBulk;
    parts.crashed = source.crashed.empty() ? nullptr : &source.crashed;
    std::unique_ptr<ReplayCommands> commands;
    if (!history.rest.empty()) {
        parts.before_record = [&](const ingest::Record& record) {
            return commands->apply_before(record);
        };
    }
    Pipeline pipeline(parts, settings.time);
    ControllerParts control;
    control.store = &store;
    control.pipeline = &pipeline;
    control.engine = &engine;
    control.purpose = std::move(purpose);
    control.clock = &place.clock;
    commands = std::make_unique<ReplayCommands>(history, std::move(control), settings);
    Result<void> played = audit_gaps(source.gaps, store, place.wall);
    if (played) {
        played = play(options, pipeline, *commands);
    }
    if (played && source.embedded != nullptr) {
        played = audit_gaps(source.embedded->take_gaps(), store, place.wall);
    }
    if (played) {
        print_summary(*engine);
    }
    return played;
}

}  // namespace

Result<void> replay(const ReplayOptions& options) {
    SystemClock wall;
    StartClock clock(wall.moment());
    // Open the input before anything is created, so that an input that cannot be read leaves no
    // directory behind.
    Result<ReplaySource> source = open_source(options, clock);
    if (!source) {
        return tl::make_unexpected(source.error());
    }
    Result<CommandHistory> history = read_command_history(options);
    if (!history) {
        return tl::make_unexpected(history.error());
    }
    Settings settings = history->settings;
    settings.time.idle_after_ms = kIdleOff;
    Result<OpenState> state = open_state(settings, kReplayDedupSeed);
    if (!state) {
        return tl::make_unexpected(state.error());
    }
    if (!state->loaded.is_fresh) {
        return failure(ErrorKind::kUsage,
                       fmt::format("{} already holds a state: name a new directory for the replay",
                                   settings.data));
    }
    std::unique_ptr<enforce::Sink> sink;
    if (Result<void> opened = open_sink(options.decisions, sink); !opened) {
        return opened;
    }
    catch_stop_signals();
    std::vector<Output> outputs;
    if (sink != nullptr) {
        outputs.push_back({.name = "replay", .sink = sink.get()});
    }
    Publisher publisher(std::move(outputs), stored_positions(state->loaded));
    return play_whole(options, *source, *history, settings, {*state, publisher, clock, wall});
}

}  // namespace spantoll::tools
