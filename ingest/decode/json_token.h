#pragma once

#include <cstdint>
#include <simdjson.h>
#include <span>
#include <string_view>
#include <utility>

#include "ingest/decode/json_number.h"

// Strict reading of JSON values on top of simdjson's on-demand iterator, which by itself looks only
// at what it is asked for; of use to json*.cc alone.
namespace spantoll::ingest {

enum class TokenKind : uint8_t { kNull, kTrue, kFalse, kNumber, kText, kArray, kObject };

// How many bytes of a value are shown in a sentence about it.
inline constexpr size_t kShownBytesMax = 64;

// One value. The caller must still read or skip an array or object.
struct JsonToken {
    TokenKind kind = TokenKind::kNull;
    // kText: the unescaped text. kNumber: the number as written. kArray, kObject: the beginning of
    // the value in the document, long enough to tell whether the value exceeds kShownBytesMax.
    // Otherwise empty.
    std::string_view text;
    WholeNumber number;  // kNumber
};

// Reads values of one document. Anything malformed sets is_broken() and ends all reading: the
// caller must give up the document.
class JsonTokens {
  public:
    // `arena` receives the texts without their escapes. It needs room for all escaped texts as
    // written, and SIMDJSON_PADDING bytes more. It may be empty where the document has no
    // backslash.
    JsonTokens(simdjson::ondemand::parser& parser,
               std::string_view document,
               std::span<uint8_t> arena)
        : parser_(parser), document_end_(document.data() + document.size()), arena_(arena) {}

    bool is_broken() const { return is_broken_; }

    // The token of the value. A scalar is consumed by this.
    JsonToken read(simdjson::ondemand::value& value);

    // The unescaped name of a member.
    std::string_view read_name(const simdjson::ondemand::field& field);

    // Skips an array or object that is not needed.
    void pass(const JsonToken& token, simdjson::ondemand::value& value);

    // Calls each(name, token, value) for the members of an object.
    template <typename Each>
    void for_members(simdjson::ondemand::object& object, Each each) {
        for (simdjson::simdjson_result<simdjson::ondemand::field> next : object) {
            simdjson::ondemand::field field;
            if (std::move(next).get(field) != simdjson::SUCCESS) {
                return fail();
            }
            const std::string_view name = read_name(field);
            if (is_broken_) {
                return;
            }
            const JsonToken token = read(field.value());
            if (is_broken_) {
                return;
            }
            each(name, token, field.value());
            if (is_broken_) {
                return;
            }
        }
    }

    // The same for a value whose token is kObject.
    template <typename Each>
    void for_members_of(simdjson::ondemand::value& value, Each each) {
        simdjson::ondemand::object object;
        if (!enter() || value.get_object().get(object) != simdjson::SUCCESS) {
            return fail();
        }
        for_members(object, each);
        leave();
    }

    // Calls each(token, element) for the elements of an array.
    template <typename Each>
    void for_elements(simdjson::ondemand::array& array, Each each) {
        for (simdjson::simdjson_result<simdjson::ondemand::value> next : array) {
            simdjson::ondemand::value element;
            if (simdjson::simdjson_result<simdjson::ondemand::value>(next).get(element) !=
                simdjson::SUCCESS) {
                return fail();
            }
            const JsonToken token = read(element);
            if (is_broken_) {
                return;
            }
            each(token, element);
            if (is_broken_) {
                return;
            }
        }
    }

    // The same for a value whose token is kArray.
    template <typename Each>
    void for_elements_of(simdjson::ondemand::value& value, Each each) {
        simdjson::ondemand::array array;
        if (!enter() || value.get_array().get(array) != simdjson::SUCCESS) {
            return fail();
        }
        for_elements(array, each);
        leave();
    }

  private:
    bool enter();
    void leave() { --depth_; }
    void fail() { is_broken_ = true; }
    JsonToken nested(TokenKind kind, const char* begin) const;
    // `raw` without its escapes, in the arena; `size` is its length as written. A text that
    // simdjson refuses is read again by unescape_text(), which can handle a half of a surrogate
    // pair.
    std::string_view unescape(simdjson::ondemand::raw_json_string raw, size_t size);
    JsonToken read_text(simdjson::ondemand::value& value, std::string_view raw);
    JsonToken read_scalar(std::string_view raw);

    simdjson::ondemand::parser& parser_;
    const char* const document_end_;
    std::span<uint8_t> arena_;  // the part that is still free
    size_t depth_ = 1;
    bool is_broken_ = false;
};

}  // namespace spantoll::ingest
