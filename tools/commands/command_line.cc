#include "tools/commands/command_line.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <functional>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "schemas/text/printable.h"
#include "tools/commands/check_command.h"
#include "tools/commands/command_backup.h"
#include "tools/commands/command_feed.h"
#include "tools/commands/command_help.h"
#include "tools/commands/command_keys.h"
#include "tools/commands/commands_command.h"
#include "tools/commands/dump_command.h"
#include "tools/commands/replay_command.h"
#include "tools/commands/run_command.h"
#include "tools/configuration/configuration.h"
#include "tools/feed/time_text.h"
#include "tools/pipeline/open_state.h"
#include "tools/process/report.h"
#include "tools/process/standard_output.h"

namespace spantoll::tools {
namespace {

constexpr int kExitUsage = 64;

int finish(std::string_view command, const Result<void>& result) {
    return result ? 0 : report_error(command, result.error());
}

// The options for configuration and Kafka that `run` and `replay` share.
struct SourceArguments {
    std::string data;
    std::string config;
    std::string kafka;
    std::vector<std::string> topics;

    void add_to(CLI::App& app) {
        app.add_option("--config", config, "configuration file (TOML)")->type_name("F");
        app.add_option("--kafka", kafka, "brokers, host:port[,host:port...]")->type_name("BROKERS");
        app.add_option("--topic", topics, "topic to read; may be given several times")
            ->type_name("T");
    }
    // The settings of the file, without the command line.
    Result<Settings> file() const {
        return config.empty() ? Result<Settings>(Settings{}) : read_configuration(config);
    }
    // The settings with the command line applied.
    Settings over(Settings settings) const {
        if (!data.empty()) {
            settings.data = data;
        }
        if (!kafka.empty()) {
            settings.kafka.brokers = kafka;
        }
        if (!topics.empty()) {
            settings.kafka.topics = topics;
        }
        return settings;
    }
};

struct RunArguments {
    SourceArguments source;
    std::string listen;
    bool print_config = false;
    bool accept_gap = false;
    std::vector<std::string> dropped_kinds;
};

int run_command(const RunArguments& arguments) {
    if (const Result<void> good = check_dropped_kinds(arguments.dropped_kinds); !good) {
        return report_error("run", good.error());
    }
    const Result<Settings> file = arguments.source.file();
    if (!file) {
        return report_error("run", file.error());
    }
    RunOptions options;
    options.settings = arguments.source.over(*file);
    options.config = arguments.source.config;
    options.file = *file;
    options.dropped_kinds = arguments.dropped_kinds;
    if (!arguments.listen.empty()) {
        options.settings.listen = arguments.listen;
    }
    if (arguments.accept_gap) {
        options.gaps = ingest::GapPolicy::kAccept;
    }
    if (arguments.print_config) {
        write_output(print_configuration(options.settings));
        return 0;
    }
    return finish("run", run(options));
}

void add_run(CLI::App& app, std::function<int()>& chosen) {
    auto* command = app.add_subcommand("run", "run the processor as a service");
    auto arguments = std::make_shared<RunArguments>();
    command->add_option("--data", arguments->source.data, "data directory")->type_name("DIR");
    arguments->source.add_to(*command);
    command->add_option("--listen", arguments->listen, "address of the HTTP listener")
        ->type_name("HOST:PORT");
    command->add_flag(
        "--print-config", arguments->print_config, "print every setting and its meaning, then end");
    command->add_flag(
        "--accept-gap",
        arguments->accept_gap,
        "go on where the log no longer holds the stored position; leaves an audit row");
    command
        ->add_option("--drop-kind",
                     arguments->dropped_kinds,
                     "remove the accounts of a kind that is configured no more; may be given "
                     "several times")
        ->type_name("NAME");
    command->callback(
        [&chosen, arguments] { chosen = [arguments] { return run_command(*arguments); }; });
}

struct ReplayArguments {
    SourceArguments source;
    std::vector<std::string> files;
    std::string from_data;
    std::string from;  // default: beginning
    std::string to;    // default: end
    std::string decisions;
    std::string commands;
    bool no_commands = false;
    bool accept_gap = false;
    bool close = false;
};

Result<ingest::LogPlace> parse_place(const std::string& text) {
    using Kind = ingest::LogPlace::Kind;
    if (text == "beginning") {
        return ingest::LogPlace{Kind::kBeginning, 0};
    }
    if (text == "end") {
        return ingest::LogPlace{Kind::kEnd, 0};
    }
    // Try an offset before a time: a text of digits only is an offset.
    if (!text.empty() && text.size() < 19 &&
        text.find_first_not_of("0123456789") == std::string::npos) {
        return ingest::LogPlace{Kind::kOffset, std::stoll(text)};
    }
    if (const std::optional<int64_t> time = parse_time_ms(text)) {
        return ingest::LogPlace{Kind::kTime, *time};
    }
    return failure(ErrorKind::kUsage,
                   "'" + text +
                       "' is no position: write an offset, beginning, end, or a time such as "
                       "2026-11-20T13:00:00Z");
}

// Checks that there is one kind of input, and no option for another kind.
Result<void> check_inputs(const ReplayArguments& arguments) {
    const bool is_kafka = !arguments.source.kafka.empty();
    const int inputs = (arguments.files.empty() ? 0 : 1) + (is_kafka ? 1 : 0) +
                       (arguments.from_data.empty() ? 0 : 1);
    if (inputs != 1) {
        return failure(
            ErrorKind::kUsage,
            "say where the records are: one of --file, --kafka with --topic, --from-data");
    }
    if (!is_kafka &&
        (!arguments.from.empty() || (!arguments.to.empty() && arguments.from_data.empty()))) {
        return failure(ErrorKind::kUsage,
                       "--from and --to are places in a Kafka topic: leave them out, a file is "
                       "replayed whole, and a data directory from its beginning");
    }
    if (!is_kafka && !arguments.source.topics.empty()) {
        return failure(ErrorKind::kUsage, "--topic goes with --kafka");
    }
    if (arguments.accept_gap && arguments.from_data.empty()) {
        return failure(ErrorKind::kUsage,
                       "--accept-gap goes with run and with replay --from-data: leave it out");
    }
    if (arguments.no_commands && (arguments.from_data.empty() || !arguments.commands.empty())) {
        return failure(ErrorKind::kUsage,
                       "--no-commands goes with --from-data and not with --commands: leave it out");
    }
    return {};
}

Result<ReplayOptions> replay_options(const ReplayArguments& arguments) {
    if (const Result<void> checked = check_inputs(arguments); !checked) {
        return tl::make_unexpected(checked.error());
    }
    const Result<Settings> file = arguments.source.file();
    if (!file) {
        return tl::make_unexpected(file.error());
    }
    const Settings settings = arguments.source.over(*file);
    ReplayOptions options;
    options.settings = settings;
    options.files = arguments.files;
    options.from_data = arguments.from_data;
    options.gaps = arguments.accept_gap ? ingest::GapPolicy::kAccept : ingest::GapPolicy::kRefuse;
    if (!arguments.from_data.empty() && !arguments.to.empty()) {
        const Result<ingest::LogPlace> to = parse_place(arguments.to);
        if (!to || to->kind != ingest::LogPlace::Kind::kOffset) {
            return failure(ErrorKind::kUsage, "--to of --from-data is an offset, such as 12345");
        }
        options.to_offset = to->value;
    }
    options.decisions = arguments.decisions;
    options.commands = arguments.commands;
    options.takes_commands = !arguments.no_commands;
    options.end = arguments.close ? ReplayEnd::kCloses : ReplayEnd::kStays;
    if (!arguments.source.kafka.empty()) {
        if (arguments.source.topics.empty() && settings.kafka.topics.empty()) {
            return failure(ErrorKind::kUsage, "--kafka needs --topic T");
        }
        const Result<ingest::LogPlace> from =
            parse_place(arguments.from.empty() ? "beginning" : arguments.from);
        const Result<ingest::LogPlace> to =
            parse_place(arguments.to.empty() ? "end" : arguments.to);
        if (!from || !to) {
            return tl::make_unexpected(from ? to.error() : from.error());
        }
        options.kafka = ingest::KafkaReplayOptions{settings.kafka, *from, *to};
    }
    return options;
}

void add_replay(CLI::App& app, std::function<int()>& chosen) {
    auto* command = app.add_subcommand("replay", "play a bounded input into a new data directory");
    auto arguments = std::make_shared<ReplayArguments>();
    command->add_option("--data", arguments->source.data, "new data directory")
        ->type_name("NEWDIR")
        ->required();
    command
        ->add_option(
            "--file", arguments->files, "FlatBuffers or JSON lines; may be given several times")
        ->type_name("F");
    arguments->source.add_to(*command);
    command->add_option("--from", arguments->from, "offset, beginning, end or an RFC 3339 time")
        ->type_name("POS");
    command->add_option("--to", arguments->to, "as --from, exclusive")->type_name("POS");
    command
        ->add_option(
            "--from-data", arguments->from_data, "data directory whose embedded topic is read")
        ->type_name("DIR");
    command
        ->add_option(
            "--decisions", arguments->decisions, "file for the decisions, - for standard output")
        ->type_name("OUT.jsonl");
    command
        ->add_option("--commands",
                     arguments->commands,
                     "commands to apply: a data directory, or a file that `spantoll commands "
                     "--format json` printed")
        ->type_name("F");
    command->add_flag("--no-commands",
                      arguments->no_commands,
                      "with --from-data: leave out the commands that were given there");
    command->add_flag("--accept-gap",
                      arguments->accept_gap,
                      "with --from-data: play what is left where records are missing");
    command->add_flag("--close", arguments->close, "close up to the largest time at the end");
    command->callback([&chosen, arguments] {
        chosen = [arguments] {
            const Result<ReplayOptions> options = replay_options(*arguments);
            return options ? finish("replay", replay(*options))
                           : report_error("replay", options.error());
        };
    });
}

void add_commands(CLI::App& app, std::function<int()>& chosen) {
    auto* command =
        app.add_subcommand("commands", "print what was changed while it ran, when and by whom");
    auto arguments = std::make_shared<CommandsOptions>();
    command->add_option("--data", arguments->data, "data directory")->type_name("DIR");
    command->add_option("--from", arguments->from, "number of the first one")->type_name("N");
    auto format = std::make_shared<std::string>("text");
    command->add_option("--format", *format, "text or json")
        ->check(CLI::IsMember({"text", "json"}));
    command->callback([&chosen, arguments, format] {
        chosen = [arguments, format] {
            arguments->is_json = *format == "json";
            return finish("commands", commands_command(*arguments));
        };
    });
}

struct DumpArguments {
    DumpCommandOptions options;
    std::string format = "text";
    bool digest = false;
};

int dump(const CLI::App& command, const DumpArguments& arguments) {
    DumpCommandOptions options = arguments.options;
    options.format = arguments.digest             ? DumpFormat::kDigest
                     : arguments.format == "json" ? DumpFormat::kJson
                                                  : DumpFormat::kText;
    const Result<void> checked = check_alone(
        command, "--digest", {"--prefix", "--all", "--format"}, "it is always of the same rows");
    return finish("dump", checked ? dump_command(options) : checked);
}

void add_dump(CLI::App& app, std::function<int()>& chosen) {
    auto* command = app.add_subcommand("dump", "print the rows of a store, running or not");
    auto arguments = std::make_shared<DumpArguments>();
    command->add_option("--data", arguments->options.data, "data directory")->type_name("DIR");
    command->add_option("--prefix", arguments->options.prefix, "only keys that begin with it")
        ->type_name("P");
    command->add_option("--format", arguments->format, "text or json")
        ->check(CLI::IsMember({"text", "json"}));
    command->add_flag("--all", arguments->options.all, "internal rows too");
    command->add_flag("--digest", arguments->digest, "print one SHA-256 over the rows instead");
    command->callback([&chosen, arguments, command] {
        chosen = [arguments, command] { return dump(*command, *arguments); };
    });
}

void add_check(CLI::App& app, std::function<int()>& chosen) {
    auto* command = app.add_subcommand("check", "may these accounts spend now? exit 0 yes, 2 no");
    auto arguments = std::make_shared<CheckOptions>();
    command
        ->add_option("account",
                     arguments->accounts,
                     "accounts as written in keys; with --json also DIMENSION=VALUE and "
                     "estimate.METER=N, of one check")
        ->type_name("ACCOUNT")
        ->required();
    command->add_flag("--json", arguments->is_json, "print the whole answer");
    command->add_option("--url", arguments->url, "where the processor listens")->type_name("URL");
    command->add_option("--token-file", arguments->token_file, "file with the Bearer token")
        ->type_name("F");
    command->add_option("--ca", arguments->authority, "https: file of the authority to trust, PEM")
        ->type_name("F");
    command->add_option("--cert", arguments->certificate, "https: certificate and key to show, PEM")
        ->type_name("F");
    command->callback(
        [&chosen, arguments] { chosen = [arguments] { return check_command(*arguments); }; });
}

}  // namespace

int command_line(int argc, char** argv) {
    log_to_standard_error();
    CLI::App app(
        "spantoll: who has spent what, exactly, and who must be warned, throttled or blocked");
    app.formatter(std::make_shared<HelpFormatter>());
    app.require_subcommand(1);
    app.set_version_flag("--version", "spantoll " SPANTOLL_VERSION);
    std::function<int()> chosen;
    add_run(app, chosen);
    add_replay(app, chosen);
    add_dump(app, chosen);
    add_commands(app, chosen);
    add_feed(app, chosen);
    add_top(app, chosen);
    add_check(app, chosen);
    add_backup(app, chosen);
    add_restore(app, chosen);
    add_keys(app, chosen);
    const std::vector<std::string> arguments(argv + 1, argv + std::max(argc, 1));
    try {
        app.parse(argc, argv);
    } catch (const CLI::CallForHelp&) {
        const CLI::App* asked = &app;
        while (!asked->get_subcommands().empty()) {
            asked = asked->get_subcommands()[0];
        }
        write_output(asked->help());
        return 0;
    } catch (const CLI::CallForVersion& version) {
        write_output(fmt::format("{}\n", version.what()));
        return 0;
    } catch (const CLI::ParseError& error) {
        write_error(
            fmt::format("spantoll: {}\n", printable(parse_complaint(app, arguments, error))));
        return kExitUsage;
    }
    return chosen();
}

}  // namespace spantoll::tools
