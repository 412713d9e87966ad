#include "store/read/kind_removal.h"

#include <optional>
#include <string>

#include <rocksdb/write_batch.h>

#include "store/codec/account_number.h"
#include "store/codec/anchor.h"
#include "store/codec/family.h"
#include "store/codec/keys.h"
#include "store/codec/record_codec.h"
#include "store/database/store_counters.h"

namespace spantoll::store {
namespace {

// Some 8 MB.
constexpr uint32_t kRowsAtOnce = 100'000;

// Deletes keys in batches.
class Remover {
  public:
    explicit Remover(Database& database) : database_(database) {}

    // Into a batch without a size limit, which cannot fail.
    void remove(Family family, std::string_view key) {
        batch_.Delete(database_.family(index_of(family)), key).PermitUncheckedError();
    }
    Result<void> write_full() { return batch_.Count() < kRowsAtOnce ? Result<void>() : write(); }
    Result<void> write() {
        const rocksdb::Status status = database_.db().Write({}, &batch_);
        batch_.Clear();
        return status.ok() ? Result<void>() : database_.error("write", status);
    }

    // The rows of one family whose keys are `prefix` and an account of the kind; `more(key)` may
    // remove others with them, in one write.
    template <typename More>
    Result<void> remove_all(Family family, const std::string& prefix, const More& more) {
        Result<void> outcome;
        Result<void> read = database_.scan(
            {index_of(family), prefix, after_prefix(prefix)}, [&](auto key, auto /*value*/) {
                remove(family, key);
                outcome = more(key).and_then([&] { return write_full(); });
                return outcome.has_value();
            });
        return read ? outcome : read;
    }

    // Of rows of enforcement, those whose values are not `kept`.
    template <typename Kept>
    Result<void> remove_but(const std::string& prefix, const Kept& kept) {
        return database_.scan({index_of(Family::kEnforce), prefix, after_prefix(prefix)},
                              [&](auto key, auto value) {
                                  if (!kept(value)) {
                                      remove(Family::kEnforce, key);
                                  }
                                  return true;
                              });
    }

  private:
    Database& database_;
    rocksdb::WriteBatch batch_;
};

}  // namespace

Result<void> remove_kind(Database& database, std::string_view kind) {
    Remover remover(database);
    const std::string accounts = std::string(kind) + ":";
    const auto nothing_more = [](std::string_view /*key*/) { return Result<void>(); };
    std::string index_key;
    const auto index_row = [&](std::string_view key) -> Result<void> {
        const std::optional<AccountKey> cut = parse_account_key(kFedcostPrefix, key);
        if (!cut || !cut->rest.starts_with(kIndexPrefix)) {
            return broken_row(key);
        }
        put_index_key(index_key, cut->rest.substr(kIndexPrefix.size()), cut->account);
        remover.remove(Family::kIndex, index_key);
        return {};
    };
    const auto is_level = [](std::string_view value) {
        const std::optional<EnforceRow> row = decode_enforce(value);
        return row && row->step > 0;
    };
    const auto prefixed = [&](std::string_view prefix) { return std::string(prefix) + accounts; };
    return remover.remove_all(Family::kRolling, prefixed(kRollingPrefix), nothing_more)
        .and_then([&] {
            return remover.remove_all(
                Family::kRolling, prefixed(RowKind<AccountNumber>::kPrefix), nothing_more);
        })
        .and_then([&] {
            return remover.remove_all(Family::kCost, prefixed(kWindowPrefix), nothing_more);
        })
        .and_then(
            [&] { return remover.remove_all(Family::kCost, prefixed(kFedcostPrefix), index_row); })
        .and_then([&] {
            return remover.remove_all(Family::kEnforce, prefixed(kStreakPrefix), nothing_more);
        })
        .and_then([&] {
            return remover.remove_all(Family::kEnforce, prefixed(kAnchorPrefix), nothing_more);
        })
        .and_then([&] { return remover.remove_but(prefixed(kEnforcePrefix), is_level); })
        .and_then([&] { return remover.write(); });
}

}  // namespace spantoll::store
