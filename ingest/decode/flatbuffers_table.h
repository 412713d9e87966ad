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
#include "schemas/prefetch.h"

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

// The bytes of a record. A value, so that whoever reads much of them has it in registers: a text
// that is written down may otherwise be what tells where the bytes are.
class Bytes {
  public:
    Bytes(std::string_view bytes, Lead lead)
        : data_(bytes.data()), size_(bytes.size()), lead_(static_cast<size_t>(lead)) {}

    bool holds(size_t at, size_t size) const { return size <= size_ && at <= size_ - size; }
    size_t modulo_8(size_t at) const { return (at + lead_) % 8; }
    // `alignment` is a power of two, at most 8.
    bool is_aligned(size_t at, size_t alignment) const {
        return (modulo_8(at) & (alignment - 1)) == 0;
    }
    // What stands at a place that the record holds.
    template <typename T>
    T load(size_t at) const {
        T value;
        std::memcpy(&value, data_ + at, sizeof value);
        return flatbuffers::EndianScalar(value);
    }

    // Brings bytes into the cache that will be read soon; where the record does not hold so many,
    // nothing.
    void prefetch(size_t at, size_t size) const {
        if (holds(at, size)) {
            for (size_t i = 0; i < size; i += kCacheLineBytes) {
                prefetch_line_to_read(data_ + at + i);
            }
        }
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
    // is broken. Adds its length to `claimed`.
    bool text(size_t at, std::string_view& value, size_t& claimed) const {
        const size_t string = follow(at);
        if (string == kNowhere) {
            return false;
        }
        const size_t begin = string + sizeof(uoffset_t);
        const size_t length = load<uoffset_t>(string);
        if (begin + length >= size_ || data_[begin + length] != '\0') {
            return false;
        }
        value = {data_ + begin, length};
        claimed += length;
        return true;
    }

    // A vector of offsets: `begin` is where its elements are.
    struct Offsets {
        size_t begin = 0;
        uoffset_t count = 0;
        size_t at(size_t index) const { return begin + sizeof(uoffset_t) * index; }
    };
    bool offsets(size_t at, Offsets& value, size_t& claimed) const {
        const size_t vector = follow(at);
        if (vector == kNowhere) {
            return false;
        }
        value = {vector + sizeof(uoffset_t), load<uoffset_t>(vector)};
        const size_t size = sizeof(uoffset_t) * size_t{value.count};
        claimed += size;
        return holds(value.begin, size);
    }

  private:
    const char* data_;
    size_t size_;
    size_t lead_;
};

// What a record may still claim: bytes of strings and vectors, as often as they are referred to.
class Budget {
  public:
    explicit Budget(size_t record_bytes)
        : left_(std::max(kAmplificationMax * record_bytes, kAmplifiedBytesFree)) {}

    bool is_exhausted() const { return is_exhausted_; }
    bool pay(size_t claimed) {
        if (claimed > left_) [[unlikely]] {
            return exhaust();
        }
        left_ -= claimed;
        return true;
    }
    // Ends the reading as kAmplified. Always false.
    bool exhaust() {
        is_exhausted_ = true;
        return false;
    }

  private:
    size_t left_;
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
    static_assert(kFields <= 64, "present has a bit for each");
    size_t vtable = Bytes::kNowhere;
    size_t end = 0;            // of the last field, from the table's begin
    uint8_t sound_places = 0;  // bit n: in a table at n modulo 8 all fields are aligned
    uint64_t present = 0;      // bit n: the field at n has a place
    std::array<voffset_t, kFields> places{};  // by FieldSpec, from the table's begin; 0 = absent

    // False where the vtable is broken. `fields` in the order of `places`.
    [[gnu::noinline]] bool read(const Bytes& bytes,
                                size_t at,
                                std::span<const FieldSpec, kFields> fields) {
        vtable = Bytes::kNowhere;
        sound_places = 0;
        if (!bytes.holds(at, sizeof(voffset_t)) || !bytes.is_aligned(at, sizeof(voffset_t))) {
            return false;
        }
        const auto size = bytes.load<voffset_t>(at);
        if (size % sizeof(voffset_t) != 0 || !bytes.holds(at, size)) {
            return false;
        }
        vtable = at;
        end = 0;
        sound_places = 0xff;
        present = 0;
        for (size_t i = 0; i < kFields; ++i) {
            const FieldSpec& spec = fields[i];
            places[i] = spec.field < size ? bytes.load<voffset_t>(at + spec.field) : voffset_t{0};
            if (places[i] != 0) {
                end = std::max<size_t>(end, places[i] + spec.size);
                sound_places &= places_for(places[i], spec.alignment);
                present |= uint64_t{1} << i;
            }
        }
        return true;
    }

    bool fits(const Bytes& bytes, size_t table) const {
        return (sound_places >> bytes.modulo_8(table) & 1) != 0 && bytes.holds(table, end);
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

    // Of the table at `table`, as Bytes::follow() gave it; null where the table is broken.
    const Shape* of(const Bytes& bytes, size_t table) {
        // The difference may be negative; modulo 2^64 it comes out right, or nowhere.
        const size_t vtable = table - static_cast<size_t>(bytes.load<soffset_t>(table));
        Shape& shape = shapes_[vtable / sizeof(uoffset_t) % kVtables];
        if (shape.vtable != vtable && !shape.read(bytes, vtable, fields_)) {
            return nullptr;
        }
        return shape.fits(bytes, table) ? &shape : nullptr;
    }

  private:
    std::span<const FieldSpec, kFields> fields_;
    std::array<Shape, kVtables> shapes_;
};

}  // namespace spantoll::ingest
