#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "ingest/decode/json_field.h"
#include "ingest/decode/json_token.h"
#include "schemas/refusal.h"

// What is wrong with the members of a JSON span, for the sentence in the dead letter.
namespace spantoll::ingest {

// Which part of a member is wrong.
enum class FaultPlace : uint8_t { kMember, kElement, kMeter, kQuantity, kKey, kValue };

// One wrong value. Borrows from the token.
struct FieldFault {
    JsonField field = JsonField::kUnknown;
    Refusal refusal = Refusal::kNotDecodable;
    FaultPlace place = FaultPlace::kMember;
    uint32_t element = 0;  // index in usage or attributes
    JsonToken found;
};

// One sentence: `usage[1].quantity is 1.5: write a whole number from 0 to 18446744073709551615`.
// The value is escaped, and cut where it is long.
std::string sentence_of(const FieldFault& fault);

// The same for an element of the record that is not an object.
std::string sentence_of_element(size_t index, const JsonToken& found);

// The faults of one span: the first one for each member and reason. Where a member comes several
// times, only the faults of its last occurrence count. At most two faults per member; without
// faults it uses no memory.
class FieldFaults {
  public:
    // The member comes again: the faults of its earlier occurrence no longer count.
    void forget(JsonField field) {
        if (!faults_.empty()) {
            std::erase_if(faults_, [field](const FieldFault& each) { return each.field == field; });
        }
    }
    void note(const FieldFault& fault);
    // Null where there is none.
    const FieldFault* find(JsonField field, Refusal refusal) const;

  private:
    std::vector<FieldFault> faults_;
};

}  // namespace spantoll::ingest
