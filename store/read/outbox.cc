#include "store/read/outbox.h"

#include <optional>
#include <string>
#include <utility>

#include "store/codec/keys.h"
#include "store/codec/record_codec.h"
#include "store/database/column_families.h"
#include "store/database/store_counters.h"

namespace spantoll::store {
namespace {

// A dead letter stays until it is sent, so the row of one that is in the outbox must be there.
Result<DeadLetter> read_dead_letter(Database& database, const std::string& key) {
    rocksdb::PinnableSlice value;
    const rocksdb::Status status =
        database.db().Get({}, database.family(index_of(Family::kDead)), key, &value);
    if (status.IsNotFound()) {
        return missing_row(key);
    }
    if (!status.ok()) {
        return database.error("read", status);
    }
    std::optional<DeadKey> position = parse_dead_key(key);
    std::optional<DeadLetter> letter = decode_dead_letter(value.ToStringView());
    if (!position || !letter) {
        return broken_row(key);
    }
    letter->topic = std::move(position->partition.topic);
    letter->partition = position->partition.partition;
    letter->offset = position->offset;
    return std::move(*letter);
}

// Appends the entry of one row.
Result<void> add_entry(Database& database,
                       std::pair<std::string_view, std::string_view> row,
                       std::vector<OutboxEntry>& entries) {
    const auto& [key, value] = row;
    const std::optional<uint64_t> sequence = parse_numbered_key(kOutboxPrefix, key);
    std::optional<Decision> decision = decode_decision(value);
    if (sequence && decision) {
        entries.push_back({*sequence, std::move(decision), std::nullopt});
        return {};
    }
    const std::optional<std::string> dead_key = decode_dead_letter_pointer(value);
    if (!sequence || !dead_key) {
        return broken_row(key);
    }
    Result<DeadLetter> letter = read_dead_letter(database, *dead_key);
    if (!letter) {
        return tl::make_unexpected(letter.error());
    }
    entries.push_back({*sequence, std::nullopt, std::move(*letter)});
    return {};
}

}  // namespace

Result<std::vector<OutboxEntry>> read_outbox_rows(Database& database, const SequenceRange& range) {
    std::vector<OutboxEntry> entries;
    Result<void> outcome;
    size_t rows = 0;
    Result<void> read =
        database.scan({index_of(Family::kOutbox), numbered_key(kOutboxPrefix, range.first), {}},
                      [&](auto key, auto value) {
                          if (rows++ == range.max) {
                              return false;
                          }
                          outcome = add_entry(database, {key, value}, entries);
                          return outcome.has_value();
                      });
    return (read ? outcome : read).map([&] { return std::move(entries); });
}

Result<std::vector<StoredDecision>> read_decision_rows(Database& database,
                                                       const SequenceRange& range) {
    std::vector<StoredDecision> decisions;
    Result<void> outcome;
    Result<void> read = database.scan(
        {index_of(Family::kDecisions), numbered_key(kDecisionPrefix, range.first), {}},
        [&](auto key, auto value) {
            if (decisions.size() == range.max) {
                return false;
            }
            const std::optional<uint64_t> sequence = parse_numbered_key(kDecisionPrefix, key);
            std::optional<Decision> decision = decode_decision(value);
            if (!sequence || !decision) {
                outcome = broken_row(key);
                return false;
            }
            decisions.push_back({*sequence, std::move(*decision)});
            return true;
        });
    return (read ? outcome : read).map([&] { return std::move(decisions); });
}

}  // namespace spantoll::store
