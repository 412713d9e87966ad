#include "store/show/json_object.h"

#include "schemas/json_text.h"

namespace spantoll::store {

JsonObject& JsonObject::add(std::string_view name, Int128 integer) {
    return add_json(name, to_text(integer));
}

JsonObject& JsonObject::add(std::string_view name, std::optional<int64_t> integer_or_null) {
    return add_json(name, integer_or_null ? std::to_string(*integer_or_null) : "null");
}

JsonObject& JsonObject::add_flag(std::string_view name, bool value) {
    return add_json(name, value ? "true" : "false");
}

JsonObject& JsonObject::add_text(std::string_view name, std::string_view text) {
    begin(name);
    append_json_string(members_, text);
    return *this;
}

JsonObject& JsonObject::add_json(std::string_view name, std::string_view json) {
    begin(name);
    members_ += json;
    return *this;
}

JsonObject& JsonObject::add_money(std::string_view name, Money money) {
    const std::string prefix(name);
    return add_text(prefix + "_pico_usd", to_text(money.pico()))
        .add_text(prefix + "_usd", to_usd_text(money));
}

std::string JsonObject::str() const {
    return "{" + members_ + "}";
}

void JsonObject::begin(std::string_view name) {
    if (!members_.empty()) {
        members_.push_back(',');
    }
    append_json_string(members_, name);
    members_.push_back(':');
}

}  // namespace spantoll::store
