#pragma once

#include <array>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include <flatbuffers/flatbuffers.h>

#include "schemas/generated/records_generated.h"
#include "schemas/int128.h"
#include "store/codec/record_codec.h"

// Private to the sources of this folder: they alone see FlatBuffers.
namespace spantoll::store {

// File identifiers: which table a buffer holds, and the version of its meaning.
inline constexpr const char* kPeriodIdentifier = "SPR1";
inline constexpr const char* kIndexIdentifier = "SIR1";
inline constexpr const char* kRollingIdentifier = "SRR1";
inline constexpr const char* kEnforceIdentifier = "SER1";
inline constexpr const char* kLimitIdentifier = "SLR1";
inline constexpr const char* kWatermarkIdentifier = "SWR1";
inline constexpr const char* kFormatIdentifier = "SFR1";
inline constexpr const char* kNextIdentifier = "SNR1";
inline constexpr const char* kRunningIdentifier = "SUR1";
inline constexpr const char* kTextIdentifier = "STR1";
inline constexpr const char* kDecisionIdentifier = "SDR2";
inline constexpr const char* kDecisionTextIdentifier = "SDR1";
inline constexpr const char* kDeadLetterIdentifier = "SXR1";
inline constexpr const char* kDeadLetterPointerIdentifier = "SPP1";

// Rows that are written by the million are packed (schemas/packed.h), behind a byte that says which
// kind and version they are. Before format 2 they were FlatBuffers too, which begin with an even
// byte.
inline constexpr char kPackedPeriod = 0x11;
inline constexpr char kPackedRolling = 0x21;

// A row of 1 KiB holds 40 meters; what is larger grows the memory once.
inline constexpr size_t kBuilderBytes = 4096;

struct RecordEncoder::Buffer {
    flatbuffers::FlatBufferBuilder builder{kBuilderBytes};
    // Scratch of period rows, whose usage may come by name or by number.
    std::vector<std::pair<std::string_view, Int128>> usage;
    std::string packed;

    template <typename Table>
    std::string_view finish(flatbuffers::Offset<Table> root, const char* identifier) {
        builder.Finish(root, identifier);
        return {reinterpret_cast<const char*>(builder.GetBufferPointer()), builder.GetSize()};
    }
    flatbuffers::Offset<flatbuffers::String> text(std::string_view value) {
        return builder.CreateString(value.data(), value.size());
    }
};

inline record::Int128 to_record(Int128 value) {
    const auto bits = static_cast<Uint128>(value);
    return {static_cast<uint64_t>(bits), static_cast<int64_t>(bits >> 64)};
}

inline Int128 from_record(const record::Int128& value) {
    const Uint128 high = static_cast<Uint128>(static_cast<uint64_t>(value.high())) << 64;
    return static_cast<Int128>(high | value.low());
}

// An absent number is 0.
inline Int128 from_record(const record::Int128* value) {
    return value == nullptr ? Int128{0} : from_record(*value);
}

inline std::string text_of(const flatbuffers::String* value) {
    return value == nullptr ? std::string() : value->str();
}

// Whether the elements of a vector, numbers or structs of them, are aligned so that they may be
// read: the verifier checks only where its size lies.
template <typename Element>
bool are_aligned(const flatbuffers::Vector<Element>* elements) {
    constexpr size_t kAlignment = alignof(std::remove_pointer_t<Element>);
    return elements == nullptr || elements->size() == 0 ||
           reinterpret_cast<uintptr_t>(elements->Data()) % kAlignment == 0;
}

// Bytes at an aligned address, as FlatBuffers needs it: RocksDB's own may lie anywhere.
class AlignedBytes {
  public:
    explicit AlignedBytes(std::string_view bytes) : size_(bytes.size()) {
        const size_t words = bytes.size() / sizeof(uint64_t) + 1;
        if (words > small_.size()) {
            large_.resize(words);
        }
        if (!bytes.empty()) {
            std::memcpy(
                words > small_.size() ? large_.data() : small_.data(), bytes.data(), bytes.size());
        }
    }

    // The verified root table, or null.
    template <typename Table>
    const Table* root(const char* identifier) const {
        const uint64_t* words = large_.empty() ? small_.data() : large_.data();
        const auto* bytes = reinterpret_cast<const uint8_t*>(words);
        // The verifier of FlatBuffers wants room for the offset and the identifier.
        if (size_ < sizeof(flatbuffers::uoffset_t) + flatbuffers::kFileIdentifierLength) {
            return nullptr;
        }
        flatbuffers::Verifier verifier(bytes, size_);
        return verifier.VerifyBuffer<Table>(identifier) ? flatbuffers::GetRoot<Table>(bytes)
                                                        : nullptr;
    }

  private:
    size_t size_;
    std::array<uint64_t, 128> small_;  // only the bytes in use are ever written
    std::vector<uint64_t> large_;
};

}  // namespace spantoll::store
