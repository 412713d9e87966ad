// Rows as a damaged disk may hand them out: values of every family, the journal, the topic. Reading
// one reads nothing but its bytes, and what was understood is written and read again as the same.
//
// The first byte of an input chooses what the others are.

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "schemas/check.h"
#include "store/codec/keys.h"
#include "store/codec/pane_codec.h"
#include "store/codec/record_codec.h"
#include "store/codec/row_lists.h"
#include "store/show/record_json.h"
#include "store/topic/record.h"
#include "window/charge_journal.h"

namespace spantoll::store {
namespace {

// What decode() makes of bytes, and encode() of that, is a fixed point.
template <typename Decode, typename Encode>
void check_round_trip(std::string_view bytes, const Decode& decode, const Encode& encode) {
    const auto read = decode(bytes);
    if (!read) {
        return;
    }
    const std::string once(encode(*read));
    const auto again = decode(once);
    CHECK(again.has_value(), "what was written can be read");
    CHECK(std::string(encode(*again)) == once, "and says the same");
}

// As check_round_trip(), with the encoder's member.
template <typename Row, typename Argument>
void check_record(std::string_view bytes,
                  std::optional<Row> (*decode)(std::string_view),
                  std::string_view (RecordEncoder::*encode)(Argument)) {
    static RecordEncoder encoder;
    check_round_trip(bytes, decode, [&](const Row& row) { return (encoder.*encode)(row); });
}

// As check_round_trip(), of a kind of row that says itself what it is.
template <HasRowKind Row>
void check_kind(std::string_view key, std::string_view bytes) {
    static RecordEncoder encoder;
    const auto decode = [&](std::string_view value) { return RowKind<Row>::decode(key, value); };
    check_round_trip(
        bytes, decode, [&](const Row& row) { return RowKind<Row>::encode(encoder, row); });
}

void check_limit(std::string_view bytes) {
    static RecordEncoder encoder;
    const auto decode = [](std::string_view value) {
        std::optional<std::pair<Limit, uint32_t>> row;
        const std::optional<Limit> limit = decode_limit(value);
        const std::optional<uint32_t> series = decode_limit_series(value);
        if (limit && series) {
            row.emplace(*limit, *series);
        }
        return row;
    };
    check_round_trip(
        bytes, decode, [&](const auto& row) { return encoder.limit(row.first, row.second); });
}

void check_hashes(std::string_view bytes) {
    const auto decode = [](std::string_view value) {
        std::vector<uint64_t> hashes;
        return decode_hashes(value, hashes) ? std::optional(hashes) : std::nullopt;
    };
    check_round_trip(bytes, decode, encode_hashes);
}

void check_pane(std::string_view bytes) {
    const auto decode = [](std::string_view value) { return decode_pane(value); };
    check_round_trip(bytes, decode, encode_pane);
}

void check_topic_record(std::string_view bytes) {
    check_round_trip(bytes, parse_topic_record, [](const TopicRecord& record) {
        std::string value;
        put_topic_record(value, record);
        return value;
    });
    check_round_trip(bytes, decode_position, encode_position);
}

void check_journal(std::string_view bytes) {
    std::optional<window::JournalReader> row = window::JournalReader::open(bytes);
    if (!row) {
        return;
    }
    size_t sum = 0;
    for (window::JournalReader::Entry entry; !row->is_at_end() && row->next(entry);) {
        sum += entry.accounts.size() + entry.usage.size();
    }
    CHECK(sum <= bytes.size(), "every number takes a byte");
}

// What dump makes of a value.
void check_json(std::string_view bytes) {
    constexpr std::array<std::string_view, 14> kKeys{"FEDCOST#a/PERIOD#2026-11",
                                                     "WINDOW#a/2026-11",
                                                     "PERIOD#2026-11/INSTANCE#a",
                                                     "ROLLING#a/24h",
                                                     "ENFORCE#a/l",
                                                     "META/FORMAT",
                                                     "META/OFFSET#t/0",
                                                     "META/COUNTS#t/0",
                                                     "META/WATERMARK",
                                                     "NEXT",
                                                     "METER#00000000000000000000",
                                                     "LIMIT#00000000000000000000",
                                                     "OUTBOX#00000000000000000001",
                                                     "DEAD#t/0/00000000000000000001"};
    if (bytes.empty()) {
        return;
    }
    const std::string_view key = kKeys[static_cast<uint8_t>(bytes.front()) % kKeys.size()];
    constexpr Pane kClosedPane(29'900'000);
    const std::optional<std::string> json = record_json(key, bytes.substr(1), kClosedPane);
    CHECK(!json || json->find('\n') == std::string::npos, "a record is one line");
}

using Check = void (*)(std::string_view);

constexpr std::array<Check, 19> kChecks{
    [](auto bytes) {
        check_record<PeriodRecord, const PeriodRecord&>(
            bytes, decode_period, &RecordEncoder::period);
    },
    [](auto bytes) { check_record(bytes, decode_index, &RecordEncoder::index); },
    [](auto bytes) { check_record(bytes, decode_rolling, &RecordEncoder::rolling); },
    [](auto bytes) { check_record(bytes, decode_enforce, &RecordEncoder::enforce); },
    check_limit,
    [](auto bytes) { check_kind<PartitionOffset>("META/OFFSET#t/0", bytes); },
    [](auto bytes) { check_kind<PartitionCounts>("META/COUNTS#t/0", bytes); },
    [](auto bytes) { check_record(bytes, decode_watermark, &RecordEncoder::watermark); },
    [](auto bytes) { check_record(bytes, decode_format, &RecordEncoder::format); },
    [](auto bytes) { check_record(bytes, decode_next, &RecordEncoder::next); },
    [](auto bytes) { check_record(bytes, decode_running, &RecordEncoder::running); },
    [](auto bytes) { check_record(bytes, decode_text, &RecordEncoder::text); },
    [](auto bytes) { check_record(bytes, decode_decision, &RecordEncoder::decision); },
    [](auto bytes) { check_record(bytes, decode_dead_letter, &RecordEncoder::dead_letter); },
    [](auto bytes) {
        check_record(bytes, decode_dead_letter_pointer, &RecordEncoder::dead_letter_pointer);
        check_kind<SinkPosition>("SINK#kafka", bytes);
        check_kind<Grant>("GRANT#team:a/b/key-day/17", bytes);
        check_kind<VirtualKey>("KEY#a%2Fb", bytes);
        check_kind<ZonesRow>("META/ZONES", bytes);
        check_kind<CommandPosition>("META/COMMANDS", bytes);
        check_kind<Command>("COMMAND#00000000000000000001", bytes);
    },
    check_pane,
    check_hashes,
    check_topic_record,
    [](auto bytes) {
        check_journal(bytes);
        check_json(bytes);
    }};

}  // namespace
}  // namespace spantoll::store

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    using spantoll::store::kChecks;
    if (size == 0) {
        return 0;
    }
    // Of the exact size, so that one byte behind it is seen.
    const auto bytes = std::make_unique<char[]>(size - 1);
    std::copy(data + 1, data + size, bytes.get());
    kChecks[data[0] % kChecks.size()]({bytes.get(), size - 1});
    return 0;
}
