#pragma once

#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "store/codec/family.h"
#include "store/codec/record_codec.h"

namespace spantoll::store {

// What `dump` and the digest make of a row.
enum class Visibility : uint8_t {
    kDigest,    // shown, and part of the digest: what the row says of spending and levels
    kShown,     // shown: how things came to be
    kInternal,  // shown with --all alone
};

// Everything that the store must know about a kind of row whose rows are put, removed and loaded
// one by one: the writer, the loader, `dump` and the digest are all made from it. A kind
// specialises it in a header of its own and has a list in RowLists (store/codec/row_lists.h). `Row`
// holds what is in the key and what is in the value.
//
//     template <>
//     struct RowKind<SinkPosition> {
//         static constexpr Family kFamily = Family::kMeta;
//         static constexpr std::string_view kPrefix = "SINK#";   // of every key, and of no other
//         static constexpr Visibility kVisibility = Visibility::kInternal;
//         static std::string key(const SinkPosition& row);
//         static std::string_view encode(RecordEncoder& encoder, const SinkPosition& row);
//         static std::optional<SinkPosition> decode(std::string_view key, std::string_view value);
//         static std::string json(const SinkPosition& row);      // one object, for `dump`
//     };
//
// decode(key(row), encode(row)) = row; what is not such a row decodes to nothing. A kind of which
// there may be many, and that is read when it is asked for, says `kIsLoaded = false` as well: a
// loaded state has none of it.
template <typename Row>
struct RowKind;

template <typename Row>
constexpr bool is_loaded_at_start() {
    if constexpr (requires { RowKind<Row>::kIsLoaded; }) {
        return RowKind<Row>::kIsLoaded;
    }
    return true;
}

template <typename Row>
concept HasRowKind =
    requires(RecordEncoder& encoder, const Row& row, std::string_view key, std::string_view value) {
        { RowKind<Row>::kFamily } -> std::convertible_to<Family>;
        { RowKind<Row>::kPrefix } -> std::convertible_to<std::string_view>;
        { RowKind<Row>::kVisibility } -> std::convertible_to<Visibility>;
        { RowKind<Row>::key(row) } -> std::same_as<std::string>;
        { RowKind<Row>::encode(encoder, row) } -> std::same_as<std::string_view>;
        { RowKind<Row>::decode(key, value) } -> std::same_as<std::optional<Row>>;
        { RowKind<Row>::json(row) } -> std::same_as<std::string>;
    };

}  // namespace spantoll::store
