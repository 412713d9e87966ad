#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>

#include "schemas/int128.h"
#include "schemas/money.h"

namespace spantoll {

// All JSON that spantoll writes is written here. It has no blanks and no line ends, so one record
// is one line.

// Appends a JSON string with its quotation marks: '"', '\' and what is_unprintable() names
// are escaped, and bytes that are not UTF-8 become U+FFFD. So the output is JSON
// whatever came in, and a name in it can neither give a terminal commands nor end a reader's line.
void append_json_string(std::string& out, std::string_view text);
std::string json_string(std::string_view text);

// Builds the text of one JSON object, members in the order of the calls.
//   JsonObject().add("polled", 3).add_text("id", "a").str()   {"polled":3,"id":"a"}
class JsonObject {
  public:
    JsonObject() = default;
    // For those of which there are many: room for so many bytes from the beginning.
    explicit JsonObject(size_t bytes) { text_.reserve(bytes); }

    template <std::integral Integer>
        requires(!std::is_same_v<Integer, bool>)
    JsonObject& add(std::string_view name, Integer integer) {
        return add_json(name, std::to_string(integer));
    }
    JsonObject& add(std::string_view name, Int128 integer);
    JsonObject& add(std::string_view name, std::optional<int64_t> integer_or_null);
    JsonObject& add_flag(std::string_view name, bool value);
    JsonObject& add_text(std::string_view name, std::string_view text);
    // `json` is a JSON value already.
    JsonObject& add_json(std::string_view name, std::string_view json);
    // Two members: <name>_pico_usd, an integer as text, and <name>_usd, decimal.
    JsonObject& add_money(std::string_view name, Money money);

    // As configurations write the amount of a limit: US dollars as a text, else an integer.
    JsonObject& add_amount(std::string_view name, Int128 amount, bool is_usd);
    std::string str() const;
    void append_to(std::string& out) const;

  private:
    void begin(std::string_view name);

    std::string text_ = "{";
};

// Builds the text of one JSON array.
//   JsonArray().add_text("a").add_json("{}").str()   ["a",{}]
class JsonArray {
  public:
    JsonArray& add(Int128 integer);
    JsonArray& add_text(std::string_view text);
    // `json` is a JSON value already.
    JsonArray& add_json(std::string_view json);

    std::string str() const;

  private:
    void begin();

    std::string text_ = "[";
};

}  // namespace spantoll
