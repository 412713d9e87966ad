#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <limits>
#include <span>
#include <string_view>

#include <flatbuffers/base.h>

#include "ingest/limits.h"

// How decode_flatbuffers.cc verifies and reads a table; of use to nobody else.
//
// What is accepted is what flatbuffers::Verifier accepts. It is asked in another order: what a
// vtable says of its fields is looked at once for all the tables that share it, which in a record
// are nearly all of a kind, and then one comparison holds for all fields of a table. Numbers are
// copied out, so that a record may stand at any address. Positions are counted in bytes
// from the begin of the record. Source of the format: FlatBuffers' own "Internals".
namespace spantoll::ingest {

using flatbuffers::soffset_t;
using flatbuffers::uoffset_t;
using flatbuffers::voffset_t;

// Bytes that stood before the record when it was built: a builder that writes a size prefix aligns
// fields to the prefix, not to the record.
enum class Lead : uint8_t { kNone = 0, kSizePrefix = sizeof(uoffset_t) };

// The bytes of a record, and what it may still claim.
class Claims {
  public:
    Claims(std::string_view bytes, Lead lead)
        : bytes_(bytes),
          lead_(static_cast<size_t>(lead)),
          budget_(std::max(kAmplificationMax * bytes.size(), kAmplifiedBytesFree)) {}

    bool is_exhausted() const { return is_exhausted_; }
    bool holds(size_t at, size_t size) const {
        return size <= bytes_.size() && at <= bytes_.size() - size;
    }
    size_t modulo_8(size_t at) const { return (at + lead_) % 8; }
    // `alignment` is a power of two, at most 8.
    bool is_aligned(size_t at, size_t alignment) const {
        return (modulo_8(at) & (alignment - 1)) == 0;
    }
    // What stands at a place that the record holds.
    template <typename T>
    T load(size_t at) const {
        T value;
        std::memcpy(&value, bytes_.data() + at, sizeof value);
        return flatbuffers::EndianScalar(value);
    }

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

    static constexpr size_t kNowhere = std::numeric_limits<size_t>::max();
    // Where the offset leads that stands at `at`, a place that the record holds: to a length or to
    // a table, which begin with four aligned bytes. kNowhere where it does not.
    size_t follow(size_t at) const {
        const size_t target = follow_element(at);
        return target == at ? kNowhere : target;
    }
    // The same for an element of a vector, which the verifier lets lead to itself.
    size_t follow_element(size_t at) const {
        const size_t target = at + load<uoffset_t>(at);
        const bool is_sound =
            holds(target, sizeof(uoffset_t)) && is_aligned(target, sizeof(uoffset_t));
        return is_sound ? target : kNowhere;
    }
    // Where the root offset leads.
    size_t root() const { return holds(0, sizeof(uoffset_t)) ? follow(0) : kNowhere; }

    // The text that the offset at `at` leads to; a byte of zero follows it. False where the record
    // is broken or claims too much.
    bool text(size_t at, std::string_view& value) {
        const size_t string = follow(at);
        if (string == kNowhere) {
            return false;
        }
        const size_t begin = string + sizeof(uoffset_t);
        const size_t end = begin + load<uoffset_t>(string);
        if (end >= bytes_.size() || bytes_[end] != '\0') {
            return false;
        }
        value = bytes_.substr(begin, end - begin);
        return pay(end - begin);
    }

    // A vector of offsets: `begin` is where its elements are.
    struct Offsets {
        size_t begin = 0;
        uoffset_t count = 0;
        size_t at(size_t index) const { return begin + sizeof(uoffset_t) * index; }
    };
    bool offsets(size_t at, Offsets& value) {
        const size_t vector = follow(at);
        if (vector == kNowhere) {
            return false;
        }
        value = {vector + sizeof(uoffset_t), load<uoffset_t>(vector)};
        const size_t size = sizeof(uoffset_t) * size_t{value.count};
        return holds(value.begin, size) && pay(size);
    }

  private:
    std::string_view bytes_;
    size_t lead_;
    size_t budget_;
    bool is_exhausted_ = false;
};

// A field as the schema has it: wire::Span::VT_*, and the size and alignment of what stands inline.
struct FieldSpec {
    voffset_t field = 0;
    uint8_t size = 0;
    uint8_t alignment = 0;
};

// Where the fields of a table are, as a vtable says.
template <size_t kFields>
struct TableShape {
    size_t vtable = Claims::kNowhere;
    size_t end = 0;            // of the last field, from the table's begin
    uint8_t sound_places = 0;  // bit n: in a table at n modulo 8 all fields are aligned
    std::array<voffset_t, kFields> places{};  // by FieldSpec, from the table's begin; 0 = absent

    // False where the vtable is broken. `fields` in the order of `places`.
    bool read(const Claims& claims, size_t at, std::span<const FieldSpec, kFields> fields) {
        vtable = Claims::kNowhere;
        sound_places = 0;
        if (!claims.holds(at, sizeof(voffset_t)) || !claims.is_aligned(at, sizeof(voffset_t))) {
            return false;
        }
        const auto size = claims.load<voffset_t>(at);
        if (size % sizeof(voffset_t) != 0 || !claims.holds(at, size)) {
            return false;
        }
        vtable = at;
        end = 0;
        sound_places = 0xff;
        for (size_t i = 0; i < kFields; ++i) {
            const FieldSpec& spec = fields[i];
            places[i] = spec.field < size ? claims.load<voffset_t>(at + spec.field) : voffset_t{0};
            if (places[i] != 0) {
                end = std::max<size_t>(end, places[i] + spec.size);
                sound_places &= places_for(places[i], spec.alignment);
            }
        }
        return true;
    }

    bool fits(const Claims& claims, size_t table) const {
        return (sound_places >> claims.modulo_8(table) & 1) != 0 && claims.holds(table, end);
    }

  private:
    // Bit n: a table at n modulo 8 has the field aligned.
    static uint8_t places_for(voffset_t place, uint8_t alignment) {
        constexpr std::array<uint8_t, 9> kEvery{0, 0xff, 0x55, 0, 0x11, 0, 0, 0, 0x01};
        return static_cast<uint8_t>(kEvery[alignment] << (-place & (alignment - 1)));
    }
};

// The shapes of tables of one kind, of the vtables met last.
template <size_t kFields, size_t kVtables>
class TableShapes {
  public:
    using Shape = TableShape<kFields>;

    explicit TableShapes(std::span<const FieldSpec, kFields> fields) : fields_(fields) {}

    // Of the table at `table`, as Claims::follow() gave it; null where the table is broken.
    const Shape* of(const Claims& claims, size_t table) {
        // The difference may be negative; modulo 2^64 it comes out right, or nowhere.
        const size_t vtable = table - static_cast<size_t>(claims.load<soffset_t>(table));
        Shape& shape = shapes_[vtable / sizeof(uoffset_t) % kVtables];
        if (shape.vtable != vtable && !shape.read(claims, vtable, fields_)) {
            return nullptr;
        }
        return shape.fits(claims, table) ? &shape : nullptr;
    }

  private:
    std::span<const FieldSpec, kFields> fields_;
    std::array<Shape, kVtables> shapes_;
};

}  // namespace spantoll::ingest
