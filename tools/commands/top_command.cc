#include "tools/commands/top_command.h"

#include <algorithm>
#include <cstdlib>
#include <numeric>
#include <string>
#include <string_view>
#include <unistd.h>
#include <vector>

#include <fmt/format.h>

#include "schemas/account.h"
#include "schemas/rfc3339.h"
#include "schemas/text/suggestion.h"
#include "store/show/dump.h"
#include "tools/commands/top_rows.h"
#include "tools/commands/top_table.h"
#include "tools/process/standard_output.h"

namespace spantoll::tools {
namespace {

constexpr size_t kColumns = 80;

uint64_t refused_count(const SpanCounts& counts) {
    return std::accumulate(counts.refused.begin(), counts.refused.end(), uint64_t{0});
}

// `separator` comes before the amount.
std::string summary_text(const TopRows& rows, std::string_view separator) {
    const std::vector<TopAccount> global = rows.top(1, kGlobalAccount);
    return fmt::format("{} spans accepted ({} late), {} duplicates, {} refused{}{} USD in 24 h\n",
                       rows.counts().accepted,
                       rows.counts().late,
                       rows.counts().duplicate,
                       refused_count(rows.counts()),
                       separator,
                       global.empty() ? "0" : short_usd(global[0].day));
}

// Uses one line if it fits.
std::string narrow_summary(const TopRows& rows) {
    const std::string line = summary_text(rows, "; ");
    return line.size() <= kColumns + 1 ? line : summary_text(rows, "\n");
}

bool is_set(const char* variable) {
    const char* const value = std::getenv(variable);  // NOLINT(concurrency-mt-unsafe): one thread
    return value != nullptr && *value != '\0';
}

// Follows no-color.org. A dumb terminal would show escape sequences as text.
TableStyle style_of_terminal() {
    const char* const terminal = std::getenv("TERM");  // NOLINT(concurrency-mt-unsafe)
    const bool is_dumb = terminal == nullptr || std::string_view(terminal) == "dumb" ||
                         std::string_view(terminal).empty();
    const bool is_coloured = isatty(STDOUT_FILENO) != 0 && !is_dumb && !is_set("NO_COLOR");
    return is_coloured ? TableStyle::kColoured : TableStyle::kPlain;
}

Result<void> check_kind(const TopRows& rows, const std::string& kind) {
    const std::vector<std::string_view> kinds(rows.kinds().begin(), rows.kinds().end());
    if (kind.empty() || std::ranges::find(kinds, kind) != kinds.end()) {
        return {};
    }
    return failure(
        ErrorKind::kUsage,
        fmt::format(
            "--kind: the store has no account kind \"{}\"; {}", kind, suggestion(kind, kinds)));
}

// "refused: time_missing 7, future 1", on as many lines as needed; empty where no span was refused.
std::string refused_text(const SpanCounts& counts) {
    std::string text;
    std::string line = "refused:";
    for (size_t i = 0; i < kRefusalCount; ++i) {
        if (counts.refused[i] == 0) {
            continue;
        }
        const std::string reason = fmt::format(" {} {}", kRefusalNames[i], counts.refused[i]);
        if (line.size() + reason.size() >= kColumns) {
            text += line + "\n";
            line = "        ";
        }
        line += reason + ",";
    }
    if (refused_count(counts) == 0) {
        return {};
    }
    line.back() = '\n';  // replaces the last comma
    return text + line;
}

}  // namespace

Result<void> top_command(const TopOptions& options) {
    TopRows rows;
    store::DumpOptions dump;
    dump.directory = options.data;
    Result<void> dumped = store::dump(
        dump, [&rows](std::string_view key, std::string_view json) { rows.add(key, json); });
    if (!dumped) {
        return dumped;
    }
    if (const Result<void> checked = check_kind(rows, options.kind); !checked) {
        return checked;
    }
    if (options.summary) {
        write_output(summary_text(rows, "; "));
        return {};
    }
    const std::vector<TopAccount> top = rows.top(options.count, options.kind);
    const std::string as_of = rows.as_of_ms() == kUnset ? "" : rfc3339(rows.as_of_ms());
    const std::string title =
        rows.as_of_ms() == kUnset
            ? "Nothing has been closed yet.\n"
            : fmt::format("Top {} of {} accounts by their last 24 hours, as of {} {} UTC\n\n",
                          top.size(),
                          rows.account_count(),
                          as_of.substr(0, 10),
                          as_of.substr(11, 5));
    write_output(title + top_table(top, style_of_terminal()) + "\n" + narrow_summary(rows) +
                 refused_text(rows.counts()));
    return {};
}

}  // namespace spantoll::tools
