#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>
#include <string_view>

#include <flatbuffers/flatbuffers.h>

#include "ingest/limits.h"
#include "schemas/generated/span_generated.h"
#include "schemas/span.h"

// How decode_flatbuffers.cc verifies and reads a table; of use to nobody else.
namespace spantoll::ingest {

inline constexpr size_t kAlignment = 8;  // of the widest scalar of the schema

// The verifier's own counts are of no use to us: the budget bounds tables, the schema depth.
inline flatbuffers::Verifier::Options unlimited_tables() {
    flatbuffers::Verifier::Options options;
    options.max_tables = std::numeric_limits<flatbuffers::uoffset_t>::max();
    return options;
}

// Bytes that stood before the record when it was built: a builder that writes a size prefix aligns
// fields to the prefix, not to the record.
enum class Lead : uint8_t { kNone = 0, kSizePrefix = sizeof(flatbuffers::uoffset_t) };

// The record under the verifier, and what it may still claim. `bytes` stand at an address that is
// aligned, or `lead` bytes behind one.
class Claims {
  public:
    Claims(std::string_view bytes, Lead lead)
        : lead_(static_cast<size_t>(lead)),
          begin_(reinterpret_cast<const uint8_t*>(bytes.data()) - lead_),
          verifier_(begin_, bytes.size() + lead_, unlimited_tables()),
          budget_(std::max(kAmplificationMax * bytes.size(), kAmplifiedBytesFree)) {}

    flatbuffers::Verifier& verifier() { return verifier_; }
    bool is_exhausted() const { return is_exhausted_; }

    // Pays for a string or vector that is referred to.
    bool pay(size_t logical_bytes) {
        if (logical_bytes > budget_) [[unlikely]] {
            return exhaust();
        }
        budget_ -= logical_bytes;
        return true;
    }

    // Ends the reading as kAmplified. Always false.
    bool exhaust() {
        is_exhausted_ = true;
        return false;
    }

    // Follows the offset that stands at `at`; null where it leads nowhere.
    const uint8_t* follow(const uint8_t* at) const {
        const flatbuffers::uoffset_t offset =
            verifier_.VerifyOffset(static_cast<size_t>(at - begin_));
        return offset == 0 ? nullptr : at + offset;
    }

    const uint8_t* root() const { return follow(begin_ + lead_); }

  private:
    size_t lead_;
    const uint8_t* begin_;
    flatbuffers::Verifier verifier_;
    size_t budget_;
    bool is_exhausted_ = false;
};

// One table: each read verifies the field, then takes it over where it is present. False means
// that the record is broken, or that it claims too much.
class TableReader {
  public:
    TableReader(Claims& claims, const uint8_t* table) : claims_(claims), table_(table) {}

    // Must hold before anything is read.
    bool begin() {
        if (table_ == nullptr || !claims_.verifier().VerifyTableStart(table_)) {
            return false;
        }
        vtable_ = table_ - flatbuffers::ReadScalar<flatbuffers::soffset_t>(table_);
        vtable_size_ = flatbuffers::ReadScalar<flatbuffers::voffset_t>(vtable_);
        return true;
    }

    void end() { claims_.verifier().EndTable(); }

    bool has(flatbuffers::voffset_t field) const { return place_of(field) != 0; }

    template <typename T>
    bool scalar(flatbuffers::voffset_t field, T& value) const {
        const flatbuffers::voffset_t place = place_of(field);
        if (place == 0) {
            return true;
        }
        if (!claims_.verifier().VerifyField<T>(table_, place, sizeof(T))) {
            return false;
        }
        value = flatbuffers::ReadScalar<T>(table_ + place);
        return true;
    }

    bool flag(flatbuffers::voffset_t field, bool& value) const {
        uint8_t byte = value ? 1 : 0;
        const bool is_sound = scalar(field, byte);
        value = byte != 0;
        return is_sound;
    }

    bool trace_id(flatbuffers::voffset_t field, TraceId& value) const {
        const flatbuffers::voffset_t place = place_of(field);
        if (place == 0) {
            return true;
        }
        if (!claims_.verifier().VerifyField<wire::TraceId>(table_, place, kAlignment)) {
            return false;
        }
        const auto* id = reinterpret_cast<const wire::TraceId*>(table_ + place);
        value = {id->high(), id->low()};
        return true;
    }

    bool text(flatbuffers::voffset_t field, std::string_view& value) const {
        const flatbuffers::voffset_t place = place_of(field);
        if (place == 0) {
            return true;
        }
        const auto* string =
            reinterpret_cast<const flatbuffers::String*>(claims_.follow(table_ + place));
        if (string == nullptr || !claims_.verifier().VerifyString(string) ||
            !claims_.pay(string->size())) {
            return false;
        }
        value = {string->c_str(), string->size()};
        return true;
    }

    // A vector of offsets: `begin` is that of its elements.
    struct Offsets {
        const uint8_t* begin = nullptr;
        flatbuffers::uoffset_t count = 0;
        const uint8_t* at(flatbuffers::uoffset_t index) const {
            return begin + sizeof(flatbuffers::uoffset_t) * index;
        }
    };
    bool offsets(flatbuffers::voffset_t field, Offsets& value) const {
        const flatbuffers::voffset_t place = place_of(field);
        if (place == 0) {
            return true;
        }
        const uint8_t* vector = claims_.follow(table_ + place);
        if (vector == nullptr ||
            !claims_.verifier().VerifyVectorOrString(vector, sizeof(flatbuffers::uoffset_t))) {
            return false;
        }
        value = {vector + sizeof(flatbuffers::uoffset_t),
                 flatbuffers::ReadScalar<flatbuffers::uoffset_t>(vector)};
        return claims_.pay(sizeof(flatbuffers::uoffset_t) * size_t{value.count});
    }

  private:
    flatbuffers::voffset_t place_of(flatbuffers::voffset_t field) const {
        return field < vtable_size_
                   ? flatbuffers::ReadScalar<flatbuffers::voffset_t>(vtable_ + field)
                   : flatbuffers::voffset_t{0};
    }

    Claims& claims_;
    const uint8_t* table_;
    const uint8_t* vtable_ = nullptr;
    flatbuffers::voffset_t vtable_size_ = 0;
};

}  // namespace spantoll::ingest
