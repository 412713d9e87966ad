#include "store/show/dump.h"

#include <absl/container/flat_hash_map.h>
#include <memory>
#include <optional>
#include <vector>

#include "schemas/text/json_writer.h"
#include "store/codec/keys.h"
#include "store/database/column_families.h"
#include "store/database/database.h"
#include "store/database/row_iterator.h"
#include "store/database/store_counters.h"
#include "store/read/journal.h"
#include "store/read/period_scan.h"
#include "store/read/row_finder.h"
#include "store/read/state_view.h"
#include "store/show/record_json.h"

namespace spantoll::store {
namespace {

// Rows with the journal added to them, by key.
using Journaled = absl::flat_hash_map<std::string, std::string>;

// The rows of one family in the order of their shown keys, from the first with the prefix on.
class FamilyRows {
  public:
    FamilyRows(Database& database, Family family, const std::string& prefix)
        : family_(family),
          rows_(std::make_unique<RowIterator>(
              database,
              Database::Range{index_of(family), has_binary_keys() ? std::string() : prefix, {}})) {
        show();
    }

    bool valid() const { return rows_->valid(); }
    const std::string& key() const { return key_; }
    std::string_view value() const { return rows_->value(); }
    rocksdb::Status status() const { return rows_->status(); }
    void next() {
        rows_->next();
        show();
    }

  private:
    bool has_binary_keys() const { return !shown_prefix().empty(); }
    // Of a family with binary keys.
    std::string_view shown_prefix() const {
        return family_ == Family::kPanes ? kPanePrefix
                                         : (family_ == Family::kDedup ? kDedupPrefix : "");
    }
    void show() {
        if (!rows_->valid()) {
            return;
        }
        const std::string_view key = rows_->key();
        key_ = shown_prefix().empty() ? std::string(key) : shown_pane_row_key(shown_prefix(), key);
    }

    Family family_;
    std::unique_ptr<RowIterator> rows_;
    std::string key_;
};

// The family with the least key, or null at the end.
FamilyRows* least(std::vector<FamilyRows>& families) {
    FamilyRows* first = nullptr;
    for (FamilyRows& family : families) {
        if (family.valid() && (first == nullptr || family.key() < first->key())) {
            first = &family;
        }
    }
    return first;
}

// The rows that index rows name must be there.
class IndexCheck {
  public:
    explicit IndexCheck(Database& database) : costs_(database, Family::kCost) {}

    Result<void> check(std::string_view key) {
        const std::optional<IndexKey> indexed = parse_index_key(key);
        if (!indexed) {
            return {};
        }
        put_fedcost_key(key_, indexed->account, indexed->label);
        const Result<std::string_view> value = costs_.find(key_);
        if (!value) {
            return tl::make_unexpected(value.error());
        }
        return value->empty() ? Result<void>(missing_row(key_)) : Result<void>();
    }

  private:
    RowFinder costs_;
    std::string key_;
};

Result<void> dump_view(Database& database,
                       const DumpOptions& options,
                       const std::function<void(std::string_view, std::string_view)>& row) {
    const Result<WatermarkRow> watermark = read_watermark(database);
    if (!watermark) {
        return tl::make_unexpected(watermark.error());
    }
    Result<std::vector<JournaledRow>> with_journal = journaled_rows(database);
    if (!with_journal) {
        return tl::make_unexpected(with_journal.error());
    }
    Journaled journaled;
    for (JournaledRow& added_to : *with_journal) {
        journaled.emplace(std::move(added_to.key), std::move(added_to.value));
    }
    std::vector<FamilyRows> families;
    for (size_t i = 0; i < kFamilyCount; ++i) {
        const auto family = static_cast<Family>(i);
        if (family != Family::kJournal && (options.all || !has_only_internal_rows(family))) {
            families.emplace_back(database, family, options.prefix);
        }
    }
    IndexCheck index(database);
    for (FamilyRows* at = least(families); at != nullptr; at = least(families)) {
        if (!at->key().starts_with(options.prefix) && at->key() > options.prefix) {
            break;
        }
        const bool is_asked = at->key().starts_with(options.prefix) &&
                              (options.all || visibility_of(at->key()) != Visibility::kInternal);
        if (is_asked) {
            const auto newer = journaled.find(at->key());
            const std::string_view value = newer == journaled.end() ? at->value() : newer->second;
            const std::optional<std::string> json =
                record_json(at->key(), value, watermark->closed_pane);
            if (!json) {
                return broken_row(at->key());
            }
            if (Result<void> checked = index.check(at->key()); !checked) {
                return checked;
            }
            row(at->key(), *json);
        }
        at->next();
    }
    for (const FamilyRows& family : families) {
        if (!family.status().ok()) {
            return database.error("read", family.status());
        }
    }
    return {};
}

}  // namespace

Result<void> dump(const DumpOptions& options,
                  const std::function<void(std::string_view key, std::string_view json)>& row) {
    const Result<std::unique_ptr<Database>> database =
        open_state_view(options.directory, options.file_system);
    if (!database) {
        return tl::make_unexpected(database.error());
    }
    return dump_view(**database, options, row);
}

std::string dump_line(std::string_view key, std::string_view record_json) {
    return JsonObject().add_text("key", key).add_json("record", record_json).str();
}

}  // namespace spantoll::store
