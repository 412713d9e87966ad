#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "schemas/account.h"
#include "schemas/rows.h"
#include "store/codec/stored_rows.h"

namespace spantoll::store {

// Rows as the FlatBuffers of records.fbs and back. Bytes that are no such record, of another type
// or of another version, decode to nothing; decode(encode(x)) = x.

// A FEDCOST# or WINDOW# row as it stands by itself, with names of meters instead of numbers.
struct PeriodRecord {
    PeriodTotals totals;  // its `usage` is empty
    std::vector<std::pair<std::string, Int128>> usage;
    std::optional<Period> window;  // WINDOW# rows: the key's label does not tell the start
    bool operator==(const PeriodRecord&) const = default;
};

// META/FORMAT.
struct FormatRecord {
    uint32_t version = 0;
    uint64_t dedup_seed = 0;
    std::vector<AccountKind> kinds;
    std::vector<WindowKind> periods;
    Zone zone{};  // of the periods
    bool operator==(const FormatRecord&) const = default;
};

// NEXT: the first free number of each counter.
struct NextRecord {
    AccountId account_id{1};
    uint64_t sequence = 1;
    uint32_t slot = 0;
    bool operator==(const NextRecord&) const = default;
};

// METER#, AUDIT# and ARRIVAL# rows.
struct TextRecord {
    std::string text;
    uint64_t size = 0;
    bool operator==(const TextRecord&) const = default;
};

// Encodes one row after the other into the same memory: the bytes returned live until the next
// call. A commit encodes tens of thousands, so nothing is allocated once the memory has grown.
class RecordEncoder {
  public:
    RecordEncoder();
    ~RecordEncoder();
    RecordEncoder(const RecordEncoder&) = delete;
    RecordEncoder& operator=(const RecordEncoder&) = delete;

    // `meters` by MeterId; `window` for WINDOW# rows, else null.
    std::string_view period(const PeriodTotals& totals,
                            const std::vector<std::string>& meters,
                            const Period* window);
    std::string_view period(const PeriodRecord& record);
    std::string_view index(const Period& period);
    std::string_view rolling(const RollingRow& row);  // but for the account, which is in the key
    std::string_view enforce(const EnforceRow& row);  // but for account and limit
    std::string_view limit(const Limit& limit, uint32_t series);
    std::string_view watermark(const WatermarkRow& row);
    std::string_view format(const FormatRecord& record);
    std::string_view next(const NextRecord& record);
    std::string_view running(const RunningRow& row);
    std::string_view text(const TextRecord& record);
    std::string_view decision(const Decision& decision);
    std::string_view dead_letter(const DeadLetter& letter);  // but for the position
    std::string_view dead_letter_pointer(std::string_view dead_key);

    // For the kinds of rows that encode themselves (row_kind.h).
    struct Buffer;
    Buffer& buffer();

  private:
    std::string_view period_with(const PeriodTotals& totals, const Period* window);
    std::unique_ptr<Buffer> buffer_;
};

std::optional<PeriodRecord> decode_period(std::string_view bytes);
std::optional<Period> decode_index(std::string_view bytes);
std::optional<RollingRow> decode_rolling(std::string_view bytes);
std::optional<EnforceRow> decode_enforce(std::string_view bytes);
std::optional<Limit> decode_limit(std::string_view bytes);
std::optional<uint32_t> decode_limit_series(std::string_view bytes);
std::optional<WatermarkRow> decode_watermark(std::string_view bytes);
std::optional<FormatRecord> decode_format(std::string_view bytes);
std::optional<NextRecord> decode_next(std::string_view bytes);
std::optional<RunningRow> decode_running(std::string_view bytes);
std::optional<TextRecord> decode_text(std::string_view bytes);
// Rows of format 1 and 2, which have the decision as JSON text, are understood too.
std::optional<Decision> decode_decision(std::string_view bytes);
std::optional<DeadLetter> decode_dead_letter(std::string_view bytes);
std::optional<std::string> decode_dead_letter_pointer(std::string_view bytes);

// The merge of FEDCOST rows: sums, least first_ms, greatest last_ms. Associative; all-zero totals
// change nothing. Meters keep the order in which they first appear.
void add_to(PeriodRecord& sum, const PeriodRecord& more);

}  // namespace spantoll::store
