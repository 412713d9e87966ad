#include "tools/commands/backup_command.h"

#include <chrono>
#include <filesystem>
#include <utility>

#include <fmt/format.h>

#include "schemas/text/printable.h"
#include "store/show/dump.h"
#include "tools/answers/backup.h"
#include "tools/commands/copied_directory.h"
#include "tools/process/parsed_json.h"
#include "tools/process/standard_output.h"

namespace spantoll::tools {
namespace {

namespace fs = std::filesystem;

// Links take no time; a full write buffer has to be written before.
constexpr std::chrono::milliseconds kBackupTime{60'000};

Result<std::string> ask_for_backup(const BackupOptions& options) {
    Result<HttpUrl> url = parse_http_url(options.url);
    if (!url) {
        return tl::make_unexpected(url.error());
    }
    Result<HttpClientOptions> client_of = client_options(options.files);
    if (!client_of) {
        return tl::make_unexpected(client_of.error());
    }
    client_of->time = kBackupTime;
    HttpClient client(std::move(*url), std::move(*client_of));
    const Result<HttpAnswer> answer = client.ask({.method = "POST", .target = "/v1/backups"});
    if (!answer) {
        return tl::make_unexpected(answer.error());
    }
    if (!answer->is_success()) {
        return failure(ErrorKind::kUnavailable,
                       fmt::format("{}: {}", options.url, answer->error_text()));
    }
    return answer->body;
}

// Before anything is asked for: a place that cannot be would be found out late.
Result<void> check_free(const std::string& directory) {
    std::error_code failed;
    return fs::exists(directory, failed)
               ? failure(ErrorKind::kUsage,
                         fmt::format("{} is there already: name another place", directory))
               : Result<void>();
}

}  // namespace

Result<void> backup_command(const BackupOptions& options) {
    if (Result<void> free = check_free(options.directory); !free) {
        return free;
    }
    const Result<std::string> said = ask_for_backup(options);
    if (!said) {
        return tl::make_unexpected(said.error());
    }
    const ParsedJson json(*said);
    const std::string from(json.text("/directory").value_or(""));
    std::error_code failed;
    if (from.empty() || !fs::exists(from + std::string(kBackupFile), failed)) {
        return failure(
            ErrorKind::kUnavailable,
            fmt::format("{} made a backup that cannot be read here ({}): run this on its machine, "
                        "as its user or as root",
                        options.url,
                        from.empty() ? "it does not say where" : printable(from)));
    }
    if (Result<void> copied = copy_directory(from, options.directory); !copied) {
        return copied;
    }
    fs::remove_all(from, failed);  // or the processor does, later
    write_output(printable(std::string_view(*said).substr(0, said->find('\n'))) + "\n");
    return {};
}

Result<void> restore_command(const RestoreOptions& options) {
    std::error_code failed;
    if (!fs::exists(options.directory + std::string(kBackupFile), failed)) {
        return failure(
            ErrorKind::kUsage,
            fmt::format(
                "{} is not a backup: it has no {}", options.directory, kBackupFile.substr(1)));
    }
    if (Result<void> copied = copy_directory(options.directory, options.data); !copied) {
        return copied;
    }
    const Result<std::string> digest = store::digest(options.data);
    if (!digest) {
        return tl::make_unexpected(digest.error());
    }
    write_output(*digest + "\n");
    return {};
}

}  // namespace spantoll::tools
