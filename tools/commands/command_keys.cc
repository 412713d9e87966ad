#include "tools/commands/command_keys.h"

#include <CLI/CLI.hpp>
#include <memory>

#include "tools/commands/keys_command.h"
#include "tools/process/report.h"

namespace spantoll::tools {

void add_keys(CLI::App& app, std::function<int()>& chosen) {
    auto* keys = app.add_subcommand("keys", "virtual keys of a running processor: keys import");
    keys->require_subcommand(1);
    auto* command = keys->add_subcommand("import", "put the keys of another gateway's export");
    auto options = std::make_shared<KeysImportOptions>();
    command->add_option("file", options->file, "what the gateway answered, as JSON")
        ->type_name("FILE")
        ->required();
    command->add_option("--from", options->from, "litellm or bifrost")
        ->required()
        ->check(CLI::IsMember({"litellm", "bifrost"}));
    command->add_option("--url", options->url, "where the processor listens")->type_name("URL");
    command->add_option("--token-file", options->token_file, "file with the Bearer token")
        ->type_name("F");
    command->add_option("--ca", options->authority, "https: file of the authority to trust, PEM")
        ->type_name("F");
    command->add_option("--cert", options->certificate, "https: certificate and key to show, PEM")
        ->type_name("F");
    command->add_flag(
        "--print", options->is_printed, "print lines for POST /v1/keys:import, ask nobody");
    command->callback([&chosen, options] {
        chosen = [options] {
            const Result<void> done = import_keys_command(*options);
            return done ? 0 : report_error("keys import", done.error());
        };
    });
}

}  // namespace spantoll::tools
