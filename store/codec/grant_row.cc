#include "store/codec/grant_row.h"

#include "store/codec/keys.h"
#include "store/codec/record_codec_buffer.h"

namespace spantoll::store {
namespace {

constexpr const char* kIdentifier = "SGR1";

}  // namespace

JsonObject& add_grant_terms(JsonObject& json, const Grant& grant) {
    return json.add_amount("amount", grant.amount, grant.is_usd)
        .add("since_ms", grant.since_ms)
        .add("until_ms", grant.until_ms)
        .add_text("note", grant.note);
}

std::string RowKind<Grant>::key(const Grant& row) {
    std::string key;
    put_account_key(key, kPrefix, row.account, row.limit + "/" + std::to_string(row.number));
    return key;
}

std::string_view RowKind<Grant>::encode(RecordEncoder& encoder, const Grant& row) {
    RecordEncoder::Buffer& buffer = encoder.buffer();
    buffer.builder.Clear();
    const auto note = buffer.text(row.note);
    const record::Int128 amount = to_record(row.amount);
    record::GrantBuilder grant(buffer.builder);
    grant.add_amount(&amount);
    grant.add_since_ms(row.since_ms);
    if (row.until_ms) {
        grant.add_until_ms(*row.until_ms);
    }
    grant.add_note(note);
    grant.add_is_usd(row.is_usd);
    return buffer.finish(grant.Finish(), kIdentifier);
}

// An account may hold slashes, a limit's name holds none.
std::optional<Grant> RowKind<Grant>::decode(std::string_view key, std::string_view value) {
    const AlignedBytes aligned(value);
    const auto* table = aligned.root<record::Grant>(kIdentifier);
    const size_t last = key.rfind('/');
    const size_t middle = last == std::string_view::npos || last == 0 ? std::string_view::npos
                                                                      : key.rfind('/', last - 1);
    if (!key.starts_with(kPrefix) || table == nullptr || middle == std::string_view::npos ||
        middle < kPrefix.size()) {
        return std::nullopt;
    }
    const std::optional<uint64_t> number = parse_numbered_key(key.substr(0, last + 1), key);
    if (!number) {
        return std::nullopt;
    }
    Grant row;
    row.number = *number;
    row.limit = key.substr(middle + 1, last - middle - 1);
    row.account = key.substr(kPrefix.size(), middle - kPrefix.size());
    row.amount = from_record(table->amount());
    row.since_ms = table->since_ms();
    if (const flatbuffers::Optional<int64_t> until_ms = table->until_ms()) {
        row.until_ms = *until_ms;
    }
    row.note = text_of(table->note());
    row.is_usd = table->is_usd();
    return row;
}

std::string RowKind<Grant>::json(const Grant& row) {
    JsonObject json;
    json.add("number", row.number);
    return add_grant_terms(json, row).str();
}

}  // namespace spantoll::store
