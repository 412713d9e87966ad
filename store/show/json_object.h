#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "schemas/int128.h"
#include "schemas/money.h"

namespace spantoll::store {

// Builds the text of one JSON object, members in the order of the calls.
//   JsonObject().add("polled", 3).add_text("id", "a").str()   {"polled":3,"id":"a"}
class JsonObject {
  public:
    JsonObject& add(std::string_view name, Int128 integer);
    JsonObject& add(std::string_view name, std::optional<int64_t> integer_or_null);
    JsonObject& add_flag(std::string_view name, bool value);
    JsonObject& add_text(std::string_view name, std::string_view text);
    // `json` is a JSON value already.
    JsonObject& add_json(std::string_view name, std::string_view json);
    // Two members: <name>_pico_usd, an integer as text, and <name>_usd, decimal.
    JsonObject& add_money(std::string_view name, Money money);
    std::string str() const;

  private:
    void begin(std::string_view name);
    std::string members_;
};

}  // namespace spantoll::store
