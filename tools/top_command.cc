#include "tools/top_command.h"

#include <cstdio>
#include <ctime>
#include <numeric>
#include <string>
#include <string_view>
#include <unistd.h>

#include <fmt/chrono.h>
#include <fmt/format.h>

#include "schemas/account.h"
#include "store/dump.h"
#include "tools/top_rows.h"
#include "tools/top_table.h"

namespace spantoll::tools {
namespace {

constexpr size_t kColumns = 80;

uint64_t refused_count(const SpanCounts& counts) {
    return std::accumulate(counts.refused.begin(), counts.refused.end(), uint64_t{0});
}

std::string summary_text(const TopRows& rows) {
    const std::vector<TopAccount> global = rows.top(1, kGlobalAccount);
    return fmt::format("{} spans accepted ({} late), {} duplicates, {} refused; {} USD in 24 h\n",
                       rows.counts().accepted,
                       rows.counts().late,
                       rows.counts().duplicate,
                       refused_count(rows.counts()),
                       global.empty() ? "0" : short_usd(global[0].day));
}

// "refused: time_missing 7, future 1", over as many lines as it needs; nothing where none was.
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
    line.back() = '\n';  // in the place of the last comma
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
    if (options.summary) {
        fmt::print("{}", summary_text(rows));
        return {};
    }
    const std::vector<TopAccount> top = rows.top(options.count, options.kind);
    const TableStyle style =
        isatty(STDOUT_FILENO) != 0 ? TableStyle::kColoured : TableStyle::kPlain;
    if (rows.as_of_ms() == kUnset) {
        fmt::print("Nothing has been closed yet.\n");
    } else {
        fmt::print("Top {} of {} accounts by their last 24 hours, as of {:%Y-%m-%d %H:%M} UTC\n\n",
                   top.size(),
                   rows.account_count(),
                   fmt::gmtime(static_cast<std::time_t>(rows.as_of_ms() / 1000)));
    }
    fmt::print("{}\n{}{}", top_table(top, style), summary_text(rows), refused_text(rows.counts()));
    return {};
}

}  // namespace spantoll::tools
