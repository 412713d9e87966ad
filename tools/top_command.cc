#include "tools/top_command.h"

#include <cstdio>
#include <ctime>
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

std::string refused_text(const SpanCounts& counts) {
    uint64_t sum = 0;
    std::string reasons;
    for (size_t i = 0; i < kRefusalCount; ++i) {
        sum += counts.refused[i];
        if (counts.refused[i] > 0) {
            reasons += fmt::format(
                "{}{} {}", reasons.empty() ? "" : ", ", kRefusalNames[i], counts.refused[i]);
        }
    }
    return reasons.empty() ? "none refused" : fmt::format("{} refused ({})", sum, reasons);
}

std::string summary_text(const TopRows& rows) {
    const std::vector<TopAccount> global = rows.top(1, kGlobalAccount);
    return fmt::format("{} spans accepted ({} late), {} duplicates, {}; {} USD in 24 h\n",
                       rows.counts().accepted,
                       rows.counts().late,
                       rows.counts().duplicate,
                       refused_text(rows.counts()),
                       global.empty() ? "0" : short_usd(global[0].day));
}

}  // namespace

Result<void> top_command(const TopOptions& options) {
    TopRows rows;
    store::DumpOptions dump;
    dump.directory = options.data;
    const Result<void> dumped = store::dump(
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
    fmt::print("{}\n{}", top_table(top, style), summary_text(rows));
    return {};
}

}  // namespace spantoll::tools
