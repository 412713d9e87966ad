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

// Where in its member a value is that is wrong.
enum class FaultPlace : uint8_t { kMember, kElement, kMeter, kQuantity, kKey, kValue };

// One such value. Borrows from the token.
struct FieldFault {
    JsonField field = JsonField::kUnknown;
    Refusal refusal = Refusal::kNotDecodable;
    FaultPlace place = FaultPlace::kMember;
    uint32_t element = 0;  // of usage or attributes
    JsonToken found;
};

// `usage[1].quantity is 1.5: write a whole number from 0 to 18446744073709551615`. The value is
// escaped, and cut where it is long.
std::string sentence_of(const FieldFault& fault);

// The same for an element of a record that is not an object.
std::string sentence_of_element(size_t index, const JsonToken& found);

// The faults of one span: of a member and reason the first, of equal members those of the last.
// Holds no memory while there are none; at most two for each member.
class FieldFaults {
  public:
    // The member comes again: what was wrong with it before does not count.
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
