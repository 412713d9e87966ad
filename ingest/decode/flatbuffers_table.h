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
#include "schemas/memory/prefetch.h"

// How flatbuffers.cc verifies and reads a table; of use to nobody else.
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

// What preceded the record when it was built: a builder that writes a size prefix aligns fields
// relative to the prefix, not to the record.
enum class Lead : uint8_t { kNone = 0, kSizePrefix = sizeof(uoffset_t) };

// The bytes of a record. A reader keeps them by value, so that pointer and size stay in registers.
// Behind a reference, the compiler would reload both after every text that is stored, because the
// store might have changed them.
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
    // The value at a position inside the record.
    template <typename T>
    T load(size_t at) const {
        T value;
        std::memcpy(&value, data_ + at, sizeof value);
        return flatbuffers::EndianScalar(value);
    }

    // Fetches bytes that will be read soon into the cache. Does nothing where the record does not
    // hold all of them.
    void prefetch(size_t at, size_t size) const {
        if (holds(at, size)) {
            for (size_t i = 0; i < size; i += kCacheLineBytes) {
                prefetch_line_to_read(data_ + at + i);
            }
        }
    }

    static constexpr size_t kNowhere = std::numeric_limits<size_t>::max();
    // The target of the offset stored at `at`, which must lie in the record. The target is a length
    // or a table, both of which begin with four aligned bytes. kNowhere where the target is not
    // valid.
    size_t follow(size_t at) const {
        const size_t target = follow_element(at);
        return target == at ? kNowhere : target;
    }
    // The same for an element of a vector. The FlatBuffers verifier allows such an offset to point
    // at itself.
    size_t follow_element(size_t at) const {
        const size_t target = at + load<uoffset_t>(at);
        const bool is_sound =
            holds(target, sizeof(uoffset_t)) && is_aligned(target, sizeof(uoffset_t));
        return is_sound ? target : kNowhere;
    }
    // The target of the root offset.
    size_t root() const { return holds(0, sizeof(uoffset_t)) ? follow(0) : kNowhere; }

    // The text that the offset at `at` points to; a zero byte must follow the text. False where the
    // record is broken. Adds the length of the text to `claimed`.
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

    // A vector of offsets: `begin` is the position of its elements.
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

// How many bytes of strings and vectors the record may still use; each counts as often as it is
// referred to.
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
    // The record is kAmplified, and reading ends. Always returns false.
    bool exhaust() {
        is_exhausted_ = true;
        return false;
    }

  private:
    size_t left_;
    bool is_exhausted_ = false;
};

// A field of the schema: wire::Span::VT_*, and the size and alignment of its inline part.
struct FieldSpec {
    voffset_t field = 0;
    uint8_t size = 0;
    uint8_t alignment = 0;
};

// Where the fields of a table are, as its vtable says.
template <size_t kFields>
struct TableShape {
    static_assert(kFields <= 64, "present has a bit for each");
    size_t vtable = Bytes::kNowhere;
    size_t end = 0;            // end of the last field, from the start of the table
    uint8_t sound_places = 0;  // bit n: all fields are aligned in a table at n modulo 8
    uint64_t present = 0;      // bit n: field n is present
    std::array<voffset_t, kFields> places{};  // from the start of the table; 0 = absent

    // False where the vtable is broken. `fields` has the order of `places`.
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
    // Bit n: the field is aligned in a table at n modulo 8.
    static uint8_t places_for(voffset_t place, uint8_t alignment) {
        constexpr std::array<uint8_t, 9> kEvery{0, 0xff, 0x55, 0, 0x11, 0, 0, 0, 0x01};
        return static_cast<uint8_t>(kEvery[alignment] << (-place & (alignment - 1)));
    }
};

// The shapes of tables of one kind, cached by the vtables met last.
template <size_t kFields, size_t kVtables>
class TableShapes {
  public:
    using Shape = TableShape<kFields>;

    explicit TableShapes(std::span<const FieldSpec, kFields> fields) : fields_(fields) {}

    // The shape of the table at `table`, a position that Bytes::follow() returned. Null where the
    // table is broken.
    const Shape* of(const Bytes& bytes, size_t table) {
        // The difference may be negative. Modulo 2^64 it gives the right position, or one that is
        // not in the record.
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
