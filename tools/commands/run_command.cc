#include "tools/commands/run_command.h"

#include <memory>
#include <optional>
#include <span>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include "enforce/kafka/sink.h"
#include "tools/answers/backup.h"
#include "tools/answers/run_backend.h"
#include "tools/answers/start_gate.h"
#include "tools/commands/run_source.h"
#include "tools/commands/start_log.h"
#include "tools/configuration/configuration.h"
#include "tools/configuration/key_rules.h"
#include "tools/control/controller.h"
#include "tools/control/policy_history.h"
#include "tools/http/server.h"
#include "tools/pipeline/clock_jump.h"
#include "tools/pipeline/crash_guard.h"
#include "tools/pipeline/open_state.h"
#include "tools/pipeline/pipeline.h"
#include "tools/pipeline/status.h"
#include "tools/pipeline/stdout_sink.h"
#include "tools/process/descriptor_limit.h"
#include "tools/process/random_seed.h"
#include "tools/process/stop_signal.h"
#include "tools/process/system_clock.h"

namespace spantoll::tools {
namespace {

// How long a stop waits for decisions to reach their sinks; the remaining ones stay in the outbox.
constexpr int64_t kStopWaitMs = 5'000;
// How often the numbers of /metrics and /readyz are updated.
constexpr int64_t kStatusIntervalMs = 200;

enum class Ended { kStopped, kPartitionsChanged };

class Session {
  public:
    explicit Session(const RunOptions& options) : options_(options) {}
    Result<Ended> run();
    // The current settings, including changes by commands.
    Settings settings() const { return policy_.get()->settings; }

  private:
    Result<void> open();
    Result<void> open_outputs(std::vector<Output>& outputs);
    Result<StartPolicy> open_store();
    Result<void> take_control(StartPolicy& policy, EnginePurpose purpose);
    Result<void> serve_commands();
    Result<void> watch_for_crashes(std::optional<RunningRow> running);
    Result<void> show_levels();
    Result<void> check_keys(const Settings& settings);
    Result<void> listen();
    Result<Ended> loop();
    void show_status();

    const RunOptions& options_;
    SystemClock clock_;
    OpenState state_;
    RunSource source_;
    std::unique_ptr<Engine> engine_;
    StdoutSink stdout_sink_{STDOUT_FILENO, UnwrittenOutput::kIsForgotten};
    std::unique_ptr<enforce::KafkaSink> kafka_sink_;
    std::unique_ptr<Publisher> publisher_;
    std::unique_ptr<CrashGuard> guard_;
    CheckBoard checks_;
    StatusBoard status_;
    std::unique_ptr<Pipeline> pipeline_;
    PolicyBoard policy_;
    CommandQueue commands_;
    std::unique_ptr<Controller> controller_;
    StartGate gate_;
    std::unique_ptr<HttpServer> http_;
};

Result<void> Session::open() {
    Result<StartPolicy> policy = open_store();
    if (!policy) {
        return tl::make_unexpected(policy.error());
    }
    remove_left_over_backup(options_.settings.data);
    constexpr std::span<const VirtualKey> kNoKeys;  // of commands: the store is not loaded yet
    policy_.set(policy->settings, 0, std::make_shared<KeyTable>(policy->settings, kNoKeys));
    if (Result<void> listening = show_levels().and_then([&] { return listen(); }); !listening) {
        return listening;
    }
    Result<store::LoadedState> loaded = state_.store->load();
    if (!loaded) {
        return tl::make_unexpected(loaded.error());
    }
    state_.loaded = std::move(*loaded);
    if (Result<void> good = check_keys(policy->settings); !good) {
        return good;
    }
    Result<RunSource> source = open_run_source(options_, state_.loaded, clock_);
    if (!source) {
        return tl::make_unexpected(source.error());
    }
    source_ = std::move(*source);
    log_start(options_.settings, *state_.store, source_, state_.loaded);
    std::vector<Output> outputs;
    if (Result<void> opened = open_outputs(outputs); !opened) {
        return opened;
    }
    publisher_ = std::make_unique<Publisher>(std::move(outputs), stored_positions(state_.loaded));
    if (Result<void> added = add_left_over(*state_.store, *publisher_); !added) {
        return added;
    }
    std::optional<RunningRow> running = std::move(state_.loaded.running);
    EnginePurpose purpose;
    purpose.partitions = source_.source->partitions();
    // Only decisions are urgent, so without limits no journal is needed.
    purpose.journal = policy->settings.limits.empty() ? Journal::kNone : Journal::kKept;
    if (policy->change) {
        spdlog::info("{}", describe_change(*policy, state_.loaded.grants));
        purpose.command_at_ms = policy->change->at_ms;
    }
    engine_ = make_engine(policy->settings, purpose, *state_.store, std::move(state_.loaded));
    if (Result<void> written = write_gaps(source_, *engine_, *state_.store, clock_); !written) {
        return written;
    }
    if (Result<void> watched = watch_for_crashes(std::move(running)); !watched) {
        return watched;
    }
    PipelineParts parts;
    parts.source = source_.source.get();
    parts.engine = engine_.get();
    parts.store = state_.store.get();
    parts.publisher = publisher_.get();
    parts.clock = &clock_;
    parts.checks = &checks_;
    parts.guard = guard_.get();
    pipeline_ = std::make_unique<Pipeline>(parts, policy->settings.time);
    if (Result<void> controlled = take_control(*policy, std::move(purpose)); !controlled) {
        return controlled;
    }
    status_.set(pipeline_->status());
    gate_.open({pipeline_.get(), source_.log.get()});
    if (http_ != nullptr) {
        spdlog::info("listening on {} (port {}{})",
                     options_.settings.listen,
                     http_->port(),
                     options_.settings.http.tls.is_on() ? ", TLS" : "");
    }
    return {};
}

// The store goes on with the policy that holds, which it may have itself.
Result<StartPolicy> Session::open_store() {
    const uint64_t seed = random_seed();
    Result<std::unique_ptr<store::Store>> opened =
        store::Store::open_unprepared(store_options(options_.settings, seed));
    if (!opened) {
        return tl::make_unexpected(opened.error());
    }
    state_.store = std::move(*opened);
    return state_.store->read_command_position()
        .and_then([&](const CommandPosition& position) {
            const StartFile file{options_.settings, options_.config};
            return decide_start_policy(*state_.store, position, file, clock_.now().ms);
        })
        .and_then([&](StartPolicy&& policy) {
            store::StoreOptions options = store_options(policy.settings, seed);
            options.dropped_kinds = options_.dropped_kinds;
            return state_.store->prepare(options).map([&] { return std::move(policy); });
        });
}

Result<void> Session::take_control(StartPolicy& policy, EnginePurpose purpose) {
    if (policy.change) {
        policy.change->before = engine_->offsets_before();
        engine_->keep_command(std::move(*policy.change), policy.position);
    }
    ControllerParts parts;
    parts.store = state_.store.get();
    parts.pipeline = pipeline_.get();
    parts.engine = &engine_;
    parts.purpose = std::move(purpose);
    parts.purpose.journal = Journal::kKept;  // a later configuration may have limits
    parts.clock = &clock_;
    parts.policy = &policy_;
    parts.queue = &commands_;
    controller_ = std::make_unique<Controller>(parts, policy.settings, policy.position);
    return controller_->apply_left_over();
}

Result<void> Session::watch_for_crashes(std::optional<RunningRow> running) {
    guard_ = std::make_unique<CrashGuard>(*state_.store, std::move(running), *engine_);
    if (guard_->follows_a_crash()) {
        const std::string suspects = guard_->suspects();
        spdlog::warn("the last run did not end in order; records are read one by one for a while{}",
                     suspects.empty() ? "" : ", and these are suspected: " + suspects);
    }
    return guard_->start();
}

// The levels in the store are in force, so `check` answers with them at once.
Result<void> Session::show_levels() {
    const Result<store::LoadedLevels> levels = state_.store->load_levels();
    if (!levels) {
        return tl::make_unexpected(levels.error());
    }
    checks_.begin(policy_.get()->settings, policy_.get()->keys, *levels);
    return {};
}

// The keys that commands put must be able to stand beside the configuration.
Result<void> Session::check_keys(const Settings& settings) {
    const std::vector<std::string> conflicts = key_conflicts(settings, state_.loaded.keys);
    if (!conflicts.empty()) {
        return failure(ErrorKind::kConfig, conflicts.front());
    }
    policy_.set(settings, 0, std::make_shared<KeyTable>(settings, state_.loaded.keys));
    return {};
}

Result<void> Session::open_outputs(std::vector<Output>& outputs) {
    outputs.push_back({"stdout", &stdout_sink_, options_.settings.standard_output.may_lag});
    if (options_.settings.kafka.brokers.empty()) {
        return {};
    }
    Result<std::unique_ptr<enforce::KafkaSink>> kafka =
        enforce::KafkaSink::open(options_.settings.kafka);
    if (!kafka) {
        return tl::make_unexpected(kafka.error());
    }
    kafka_sink_ = std::move(*kafka);
    outputs.push_back({"kafka", kafka_sink_.get(), options_.settings.kafka.may_lag});
    return {};
}

Result<void> Session::listen() {
    if (options_.settings.listen.empty()) {
        return {};
    }
    HttpServerOptions http;
    http.listen = options_.settings.listen;
    http.http = options_.settings.http;
    BackendParts parts;
    parts.policy = &policy_;
    parts.commands = &commands_;
    parts.store = state_.store.get();
    parts.gate = &gate_;
    parts.checks = &checks_;
    parts.status = &status_;
    parts.clock = &clock_;
    Result<std::unique_ptr<HttpServer>> server = HttpServer::start(http, make_backend(parts));
    if (!server) {
        return tl::make_unexpected(server.error());
    }
    http_ = std::move(*server);
    return {};
}

void Session::show_status() {
    Status status = pipeline_->status();
    status.partitions_behind_group =
        source_.kafka == nullptr ? 0 : source_.kafka->behind_group().size();
    status_.set(std::move(status));
}

Result<void> Session::serve_commands() {
    if (!take_reload_request()) {
        return controller_->serve();
    }
    if (http_ != nullptr) {
        http_->reload_certificate();
    }
    return controller_->reload(options_.config, options_.file).and_then([&] {
        return controller_->serve();
    });
}

Result<Ended> Session::loop() {
    ClockJump jump(clock_);
    SteadyTime status_at = clock_.steady();
    uint64_t decisions = 0;
    while (!is_stop_requested()) {
        const Result<StepOutcome> step = pipeline_->step();
        if (!step) {
            return tl::make_unexpected(step.error());
        }
        if (const Result<void> served = serve_commands(); !served) {
            return tl::make_unexpected(served.error());
        }
        if (source_.embedded != nullptr) {
            const std::vector<std::string> gaps = source_.embedded->take_gaps();
            if (const Result<void> kept = audit_gaps(gaps, *state_.store, clock_); !kept) {
                return tl::make_unexpected(kept.error());
            }
        }
        if (http_ != nullptr && engine_->decision_count() != decisions) {
            decisions = engine_->decision_count();
            http_->decisions_appended();
        }
        if (const SteadyTime now = clock_.steady(); now.since(status_at) >= kStatusIntervalMs) {
            status_at = now;
            show_status();
            say_jump(jump);
        }
        if (source_.kafka != nullptr && source_.kafka->partitions_changed()) {
            return Ended::kPartitionsChanged;
        }
    }
    return Ended::kStopped;
}

Result<Ended> Session::run() {
    const Result<void> opened = open();
    Result<Ended> ended = opened ? loop() : Result<Ended>(tl::make_unexpected(opened.error()));
    gate_.close();
    commands_.close();
    if (http_ != nullptr) {
        http_->stop();
    }
    if (!ended) {
        if (guard_ != nullptr) {
            guard_->failed();
        }
        return ended;
    }
    const Result<void> finished =
        pipeline_->finish(kStopWaitMs).and_then([&] { return guard_->stop(); });
    if (!finished) {
        return tl::make_unexpected(finished.error());
    }
    if (const std::string remark = cost_remark(*engine_); !remark.empty()) {
        spdlog::info("since the start, {}", remark);
    }
    return ended;
}

}  // namespace

Result<void> run(const RunOptions& options) {
    if (Result<void> checked = check_for_run(options.settings); !checked) {
        return checked;
    }
    catch_stop_signals();
    catch_reload_signal();
    raise_descriptor_limit();
    RunOptions mine = options;
    while (true) {
        Session session(mine);
        const Result<Ended> ended = session.run();
        if (!ended) {
            return tl::make_unexpected(ended.error());
        }
        if (*ended == Ended::kStopped) {
            spdlog::info("stopped; everything is on disk");
            return {};
        }
        mine.settings = session.settings();
        spdlog::warn(
            "the partitions of a topic changed, or it was gone; starting again from the store");
    }
}

}  // namespace spantoll::tools
