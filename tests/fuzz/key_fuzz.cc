// Keys as a damaged disk may hand them out: what is understood is written again as the same key.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "schemas/check.h"
#include "store/codec/keys.h"
#include "store/codec/partition_rows.h"
#include "store/topic/record.h"

namespace spantoll::store {
namespace {

void check_account_keys(std::string_view key) {
    const auto again = [](const AccountKey& cut, auto put) {
        std::string written;
        put(written, cut.account, cut.rest);
        return written;
    };
    if (const auto cut = parse_account_key(kWindowPrefix, key)) {
        CHECK(again(*cut, put_window_key) == key, "the key of a window");
    }
    if (const auto cut = parse_account_key(kEnforcePrefix, key)) {
        CHECK(again(*cut, put_enforce_key) == key, "the key of a level");
    }
    if (const auto cut = parse_account_key(kStreakPrefix, key)) {
        CHECK(again(*cut, put_streak_key) == key, "the key of a streak");
    }
    if (const auto cut = parse_index_key(key)) {
        std::string written;
        put_index_key(written, cut->label, cut->account);
        CHECK(written == key, "the key of the index");
    }
}

// A topic may be escaped in more than one way; what we write is read as what it was.
void check_partition_keys(std::string_view key) {
    for (const std::string_view prefix :
         {RowKind<PartitionOffset>::kPrefix, RowKind<PartitionCounts>::kPrefix}) {
        if (const auto partition = parse_partition_key(prefix, key)) {
            CHECK(parse_partition_key(prefix, partition_key(prefix, *partition)) == partition,
                  "the key of a position or of counts");
        }
    }
    const auto dead = parse_dead_key(key);
    if (dead && dead->offset >= 0) {
        const auto again = parse_dead_key(dead_key(dead->partition, dead->offset));
        CHECK(again && again->partition == dead->partition && again->offset == dead->offset,
              "the key of a dead letter");
    }
}

void check_numbers(std::string_view key) {
    for (const std::string_view prefix :
         {kOutboxPrefix, kDecisionPrefix, kArrivalPrefix, kMeterPrefix, kJournalPrefix}) {
        if (const auto number = parse_numbered_key(prefix, key)) {
            CHECK(parse_numbered_key(prefix, numbered_key(prefix, *number)) == number,
                  "the key of a numbered row");
        }
    }
    const auto pane = parse_pane_row_key(key);
    if (pane && pane->pane >= Pane(0)) {
        CHECK(pane_row_key(pane->pane, pane->row) == key, "the key of a pane's row");
        CHECK(!shown_pane_row_key(kPanePrefix, key).empty(), "which can be shown");
    }
    const auto offset = parse_topic_key(key);
    if (offset && *offset >= 0) {
        CHECK(topic_key(*offset) == key, "the key of a record");
    }
}

}  // namespace
}  // namespace spantoll::store

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    // Of the exact size, so that one byte behind it is seen.
    const auto bytes = std::make_unique<char[]>(size);
    std::copy(data, data + size, bytes.get());
    const std::string_view key(bytes.get(), size);
    spantoll::store::check_account_keys(key);
    spantoll::store::check_partition_keys(key);
    spantoll::store::check_numbers(key);
    return 0;
}
