#include "tools/commands/keys_command.h"

#include <algorithm>
#include <chrono>
#include <fstream>
#include <iterator>
#include <set>
#include <span>
#include <vector>

#include <fmt/format.h>

#include "schemas/control/key_table.h"
#include "schemas/text/json_writer.h"
#include "schemas/text/printable.h"
#include "tools/client/http_client.h"
#include "tools/commands/key_export.h"
#include "tools/configuration/configuration.h"
#include "tools/control/key_command.h"
#include "tools/process/parsed_json.h"
#include "tools/process/standard_output.h"

namespace spantoll::tools {
namespace {

// Of those that a processor takes at once.
constexpr size_t kKeysPerPost = 500;
// An import is committed before it is answered.
constexpr std::chrono::seconds kAnswerTime{60};

class KeyImport {
  public:
    KeyImport(HttpClient client, std::string from)
        : client_(std::move(client)), note_("opening balance from " + std::move(from)) {}

    Result<void> put(std::span<const ExportedKey> keys) {
        for (size_t begin = 0; begin < keys.size(); begin += kKeysPerPost) {
            std::string lines;
            for (const ExportedKey& key :
                 keys.subspan(begin, std::min(kKeysPerPost, keys.size() - begin))) {
                lines += key_body(key.key) + "\n";
            }
            if (const Result<std::string> done = post("/v1/keys:import", lines); !done) {
                return failure(
                    done.error().kind,
                    fmt::format("{}; {} keys before it were taken", done.error().message, begin));
            }
        }
        return {};
    }

    // The opening balances. Returns how many it gave.
    Result<size_t> give(std::span<const ExportedKey> keys) {
        if (const Result<void> read = read_policy(); !read) {
            return tl::make_unexpected(read.error());
        }
        size_t given = 0;
        for (const ExportedKey& key : keys) {
            for (const Limit& limit : settings_.limits) {
                const std::string account = KeyTable::account_of(key.key.name);
                if (key.spent.pico() <= 0 || !takes_balance(limit, account) ||
                    given_.contains({limit.name, account})) {
                    continue;
                }
                const std::string grant = JsonObject()
                                              .add_text("limit", limit.name)
                                              .add_text("account", account)
                                              .add_text("amount", "-" + to_usd_text(key.spent))
                                              .add_text("until", "window")
                                              .add_text("note", note_)
                                              .str();
                if (const Result<std::string> done = post("/v1/grants", grant); !done) {
                    return tl::make_unexpected(done.error());
                }
                ++given;
            }
        }
        return given;
    }

  private:
    Result<std::string> exchange(const HttpAsk& ask) {
        const Result<HttpAnswer> answer = client_.ask(ask);
        if (!answer) {
            return tl::make_unexpected(answer.error());
        }
        if (!answer->is_success()) {
            return failure(answer->status == 401 ? ErrorKind::kConfig : ErrorKind::kUnavailable,
                           fmt::format("{} {}: {}", ask.method, ask.target, answer->error_text()));
        }
        return answer->body;
    }
    Result<std::string> post(std::string target, std::string_view body) {
        return exchange({.method = "POST",
                         .target = std::move(target),
                         .headers = {{"Content-Type", "application/json"}},
                         .body = body});
    }

    // The limits, and which balances were given before.
    Result<void> read_policy() {
        const Result<std::string> policy = exchange({.target = "/v1/config"});
        if (!policy) {
            return tl::make_unexpected(policy.error());
        }
        Result<Settings> settings = parse_configuration(*policy, "/v1/config");
        if (!settings) {
            return tl::make_unexpected(settings.error());
        }
        settings_ = std::move(*settings);
        const Result<std::string> grants = exchange({.target = "/v1/grants"});
        if (!grants) {
            return tl::make_unexpected(grants.error());
        }
        std::string_view rest = *grants;
        while (!rest.empty()) {
            const size_t end = std::min(rest.find('\n'), rest.size());
            const ParsedJson grant(rest.substr(0, end));
            if (grant.text("/note") == note_) {
                given_.emplace(grant.text("/limit").value_or(""),
                               grant.text("/account").value_or(""));
            }
            rest.remove_prefix(std::min(end + 1, rest.size()));
        }
        return {};
    }

    bool takes_balance(const Limit& limit, const std::string& account) const {
        const AccountKinds kinds(settings_.accounts.kinds);
        return limit.meter.kind == MeterKind::kUsd && limit.window.kind == WindowKind::kMonth &&
               holds_for(limit, kinds.at(*kinds.find(name_of(Dimension::kVirtualKey))), account);
    }

    HttpClient client_;
    const std::string note_;
    Settings settings_;
    std::set<std::pair<std::string, std::string>> given_;  // limit and account
};

Result<std::vector<ExportedKey>> read_export(const KeysImportOptions& options) {
    std::ifstream file(options.file, std::ios::binary);
    if (!file) {
        return failure(ErrorKind::kUsage, fmt::format("{}: cannot be read", options.file));
    }
    const std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
    Result<std::vector<ExportedKey>> keys = read_key_export(
        text, options.from == "bifrost" ? KeyExport::kBifrost : KeyExport::kLiteLlm);
    if (!keys) {
        return failure(keys.error().kind,
                       fmt::format("{}: {}", options.file, keys.error().message));
    }
    return keys;
}

}  // namespace

Result<void> import_keys_command(const KeysImportOptions& options) {
    const Result<std::vector<ExportedKey>> keys = read_export(options);
    if (!keys) {
        return tl::make_unexpected(keys.error());
    }
    if (options.is_printed) {
        for (const ExportedKey& key : *keys) {
            write_output(key_body(key.key) + "\n");
        }
        return {};
    }
    Result<HttpUrl> url = parse_http_url(options.url);
    if (!url) {
        return tl::make_unexpected(url.error());
    }
    Result<HttpClientOptions> known =
        client_options({options.token_file, options.authority, options.certificate});
    if (!known) {
        return tl::make_unexpected(known.error());
    }
    known->time = kAnswerTime;
    KeyImport import(HttpClient(std::move(*url), std::move(*known)), options.from);
    if (const Result<void> put = import.put(*keys); !put) {
        return put;
    }
    const Result<size_t> given = import.give(*keys);
    if (!given) {
        return tl::make_unexpected(given.error());
    }
    const auto spenders =
        std::ranges::count_if(*keys, [](const ExportedKey& key) { return key.spent.pico() > 0; });
    write_output(printable(fmt::format("{} keys, {} of which have spent this month; {} opening "
                                       "balances under limits on usd over a month",
                                       keys->size(),
                                       spenders,
                                       *given)) +
                 "\n");
    return {};
}

}  // namespace spantoll::tools
