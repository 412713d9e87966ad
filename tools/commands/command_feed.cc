#include "tools/commands/command_feed.h"

#include <CLI/CLI.hpp>
#include <memory>

#include "tools/commands/command_help.h"
#include "tools/commands/top_command.h"
#include "tools/feed/feed.h"
#include "tools/process/report.h"

namespace spantoll::tools {
namespace {

void add_invented(CLI::App& command, FeedOptions& options) {
    command.add_option("--scenario", options.scenario, "mixed, bench, federation, llm or usage")
        ->type_name("NAME");
    command.add_option("--spans", options.spans, "how many")
        ->type_name("N")
        ->check(whole_number(0));
    command.add_option("--seed", options.seed, "the same seed and --start give the same bytes")
        ->type_name("S")
        ->check(whole_number(0));
    command.add_option("--start", options.start, "time of the first span: RFC 3339, now, -1h")
        ->type_name("TIME");
    command.add_option("--duration", options.duration, "event time to spread the spans over")
        ->type_name("1h");
    command.add_option("--accounts", options.accounts, "bench, usage: accounts of five dimensions")
        ->type_name("N")
        ->check(whole_number(0));
    command.add_option("--zipf", options.zipf, "bench, usage: exponent, 0 = uniform")
        ->type_name("X");
    command.add_option("--attributes", options.attributes, "bench: per span")
        ->type_name("N")
        ->check(whole_number(0));
}

void add_sending(CLI::App& command, FeedOptions& options) {
    command.add_option("--format", options.format, "flatbuffers or json")->type_name("F");
    command.add_option("--spans-per-record", options.spans_per_record, "spans in a record")
        ->type_name("N")
        ->check(whole_number(0));
    command.add_option("--rate", options.rate, "spans per second of the wall clock")
        ->type_name("N")
        ->check(whole_number(0));
    command.add_option("--speed", options.speed, "event time against the wall clock")
        ->type_name("X")
        ->check(positive_number());
    command.add_flag("--live", options.live, "event time is now");
    command.add_option("--token-file", options.token_file, "file with the Bearer token")
        ->type_name("F");
    command.add_option("--ca", options.authority, "https: file of the authority to trust, PEM")
        ->type_name("F");
    command.add_option("--cert", options.certificate, "https: certificate and key to show, PEM")
        ->type_name("F");
    command.add_flag("--quiet", options.quiet, "no progress, no summary");
}

}  // namespace

void add_feed(CLI::App& app, std::function<int()>& chosen) {
    auto* command =
        app.add_subcommand("feed", "send spans: invented ones, or the rows of a CSV file");
    auto options = std::make_shared<FeedOptions>();
    command->add_option("--to", options->to, "file:PATH, kafka:BROKERS/TOPIC or http://HOST:PORT")
        ->type_name("TARGET")
        ->required();
    add_invented(*command, *options);
    command->add_option("--csv", options->csv, "rows to send")->type_name("F");
    command->add_option("--map", options->maps, "field=column or field==constant; repeated")
        ->type_name("FIELD=COLUMN");
    command
        ->add_option("--from-row",
                     options->from_row,
                     "go on with the row on this line of the CSV file, which a feed that stopped "
                     "has named")
        ->type_name("N")
        ->check(whole_number(1));
    command
        ->add_option("--csv-name",
                     options->csv_name,
                     "what the file is called in the identities of its rows; default: its path")
        ->type_name("NAME");
    command->add_option("--delimiter", options->delimiter, "of the CSV file")->type_name("C");
    add_sending(*command, *options);
    command->callback(
        [&chosen, options] { chosen = [options] { return feed_command(*options); }; });
}

void add_top(CLI::App& app, std::function<int()>& chosen) {
    auto* command = app.add_subcommand("top", "a table of who spent most, from a store");
    auto options = std::make_shared<TopOptions>();
    command->add_option("--data", options->data, "data directory")->type_name("DIR");
    command->add_option("--count", options->count, "rows")->type_name("N")->check(whole_number(0));
    command->add_option("--kind", options->kind, "only accounts of this kind")->type_name("K");
    command->add_flag("--summary", options->summary, "one line of totals and no table");
    command->callback([&chosen, options, command] {
        chosen = [options, command] {
            Result<void> result = check_alone(
                *command, "--summary", {"--kind", "--count"}, "it is always of all accounts");
            if (result) {
                result = top_command(*options);
            }
            return result ? 0 : report_error("top", result.error());
        };
    });
}

}  // namespace spantoll::tools
