#include "tools/commands/command_backup.h"

#include <CLI/CLI.hpp>
#include <memory>

#include "tools/commands/backup_command.h"
#include "tools/process/report.h"

namespace spantoll::tools {
namespace {

int finish(std::string_view name, const Result<void>& done) {
    return done ? 0 : report_error(name, done.error());
}

}  // namespace

void add_backup(CLI::App& app, std::function<int()>& chosen) {
    auto* command = app.add_subcommand("backup", "copy the data of a processor that is running");
    auto options = std::make_shared<BackupOptions>();
    command->add_option("directory", options->directory, "new directory for the copy")
        ->type_name("DIR")
        ->required();
    command->add_option("--url", options->url, "where the processor listens")->type_name("URL");
    command->add_option("--token-file", options->files.token_file, "file with the Bearer token")
        ->type_name("F");
    command
        ->add_option("--ca", options->files.authority, "https: file of the authority to trust, PEM")
        ->type_name("F");
    command
        ->add_option(
            "--cert", options->files.certificate, "https: certificate and key to show, PEM")
        ->type_name("F");
    command->callback([&chosen, options] {
        chosen = [options] { return finish("backup", backup_command(*options)); };
    });
}

void add_restore(CLI::App& app, std::function<int()>& chosen) {
    auto* command = app.add_subcommand("restore", "make a data directory from a backup");
    auto options = std::make_shared<RestoreOptions>();
    command->add_option("directory", options->directory, "what `backup` made")
        ->type_name("DIR")
        ->required();
    command->add_option("--data", options->data, "new data directory")
        ->type_name("NEWDIR")
        ->required();
    command->callback([&chosen, options] {
        chosen = [options] { return finish("restore", restore_command(*options)); };
    });
}

}  // namespace spantoll::tools
