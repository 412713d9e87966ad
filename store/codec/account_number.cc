#include "store/codec/account_number.h"

#include "schemas/text/json_writer.h"
#include "store/codec/record_codec_buffer.h"

namespace spantoll::store {
namespace {

constexpr const char* kIdentifier = "SAR1";

}  // namespace

std::string RowKind<AccountNumber>::key(const AccountNumber& row) {
    return std::string(kPrefix) + row.account;
}

std::string_view RowKind<AccountNumber>::encode(RecordEncoder& encoder, const AccountNumber& row) {
    RecordEncoder::Buffer& buffer = encoder.buffer();
    buffer.builder.Clear();
    return buffer.finish(record::CreateAccountNumber(buffer.builder, row.id.number), kIdentifier);
}

std::optional<AccountNumber> RowKind<AccountNumber>::decode(std::string_view key,
                                                            std::string_view value) {
    const AlignedBytes aligned(value);
    const auto* table = aligned.root<record::AccountNumber>(kIdentifier);
    if (!key.starts_with(kPrefix) || table == nullptr) {
        return std::nullopt;
    }
    return AccountNumber{std::string(key.substr(kPrefix.size())), AccountId(table->account_id())};
}

std::string RowKind<AccountNumber>::json(const AccountNumber& row) {
    return JsonObject().add("account_id", row.id.number).str();
}

}  // namespace spantoll::store
