#include "tools/pipeline/embedded_start.h"

#include <fmt/format.h>

#include "schemas/crc32c.h"

namespace spantoll::tools {
namespace {

using ingest::Gap;

constexpr size_t kOneRecord = 1;

// The first record at or after an offset below the log's end; empty where nothing is left of it.
Result<std::optional<store::LogRecord>> record_at(store::TopicLog& log, int64_t offset) {
    return log.read(offset, kOneRecord, kOneRecord, 0)
        .map([](std::vector<store::LogRecord>&& records) {
            return records.empty() ? std::optional<store::LogRecord>()
                                   : std::optional(std::move(records.front()));
        });
}

Result<ingest::StartFacts> ask_facts(store::TopicLog& log, const ingest::StartPosition& stored) {
    ingest::StartFacts facts;
    facts.stored = stored;
    facts.held = {.begin = log.begin_offset(), .end = log.end_offset()};
    const int64_t last = stored.last_offset;
    if (last < facts.held.begin || last >= facts.held.end) {
        return facts;
    }
    const Result<std::optional<store::LogRecord>> found = record_at(log, last);
    if (!found) {
        return tl::make_unexpected(found.error());
    }
    if (*found) {
        const store::LogRecord& record = **found;
        facts.found = ingest::FoundRecord{
            .offset = record.offset,
            .fingerprint = {record.append_ms,
                            static_cast<uint32_t>(record.bytes.size()),
                            crc32c(record.bytes)},
        };
    }
    return facts;
}

// Append times never go back, so a binary search finds it.
Result<int64_t> first_after(store::TopicLog& log, int64_t append_ms) {
    int64_t low = log.begin_offset();
    int64_t high = log.end_offset();
    while (low < high) {
        const int64_t middle = low + (high - low) / 2;
        const Result<std::optional<store::LogRecord>> found = record_at(log, middle);
        if (!found) {
            return tl::make_unexpected(found.error());
        }
        if (!*found || (*found)->append_ms > append_ms) {
            high = middle;
        } else {
            low = (*found)->offset + 1;
        }
    }
    return low;
}

Result<int64_t> offset_after(Gap gap, store::TopicLog& log, const ingest::StartPosition& stored) {
    if (gap == Gap::kRemoved || stored.last_offset < 0) {
        return log.begin_offset();
    }
    return first_after(log, stored.last.append_ms);
}

std::string text_of(Gap gap, const std::string& directory, const ingest::StartFacts& facts) {
    const ingest::StartPosition stored = *facts.stored;
    switch (gap) {
        case Gap::kNone:
            break;
        case Gap::kRemoved:
            return fmt::format(
                "the embedded topic in {} begins at offset {}, but reading goes on from {}: {} "
                "records were removed unread",
                directory,
                facts.held.begin,
                stored.next_offset,
                facts.held.begin - stored.next_offset);
        case Gap::kEndsBefore:
            return fmt::format(
                "the embedded topic in {} ends at offset {}, before the stored position {}",
                directory,
                facts.held.end,
                stored.next_offset);
        case Gap::kOtherRecords:
            return fmt::format(
                "the record at offset {} of the embedded topic in {} is not the one that was read "
                "there: topic/ and state/ are not of one processor",
                stored.last_offset,
                directory);
    }
    return {};
}

}  // namespace

Result<EmbeddedStart> plan_embedded_start(store::TopicLog& log,
                                          const std::string& directory,
                                          const ingest::StartPosition& stored,
                                          ingest::GapPolicy gaps) {
    const Result<ingest::StartFacts> facts = ask_facts(log, stored);
    if (!facts) {
        return tl::make_unexpected(facts.error());
    }
    const Gap gap = ingest::judge_start(*facts);
    if (gap == Gap::kNone) {
        return EmbeddedStart{.offset = stored.next_offset, .gaps = {}};
    }
    const std::string text = text_of(gap, directory, *facts);
    if (gaps == ingest::GapPolicy::kRefuse) {
        return failure(ErrorKind::kConfig,
                       text +
                           ": restore topic/ and state/ from the same backup, or, to go on all "
                           "the same, say --accept-gap");
    }
    return offset_after(gap, log, stored).map([&](int64_t offset) {
        return EmbeddedStart{
            .offset = offset,
            .gaps = {fmt::format("{}; the next to be read is {}", text, offset)},
        };
    });
}

}  // namespace spantoll::tools
