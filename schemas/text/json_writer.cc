#include "schemas/text/json_writer.h"

#include <algorithm>
#include <iterator>

#include <fmt/format.h>

#include "schemas/text/printable.h"
#include "schemas/text/utf8.h"

namespace spantoll {
namespace {

// As \u001b; a character beyond U+FFFF as the two halves that JSON wants.
void append_escape(std::string& out, char32_t character) {
    const auto value = static_cast<uint32_t>(character);
    if (value < 0x10000) {
        fmt::format_to(std::back_inserter(out), "\\u{:04x}", value);
        return;
    }
    const uint32_t offset = value - 0x10000;
    fmt::format_to(std::back_inserter(out),
                   "\\u{:04x}\\u{:04x}",
                   0xD800 + (offset >> 10),
                   0xDC00 + (offset & 0x3FFU));
}

// How many bytes at the beginning of `text` are ASCII that stays as it is: of most texts, all.
size_t plain_size(std::string_view text) {
    const auto is_plain = [](char byte) {
        return byte >= 0x20 && byte < 0x7F && byte != '"' && byte != '\\';
    };
    return static_cast<size_t>(std::find_if_not(text.begin(), text.end(), is_plain) - text.begin());
}

// The first character of `text`, which is not plain; returns its bytes.
size_t append_character(std::string& out, std::string_view text) {
    const size_t length = utf8_length(text);
    if (text[0] == '"' || text[0] == '\\') {
        out.push_back('\\');
        out.push_back(text[0]);
    } else if (text[0] == '\n') {
        out += "\\n";
    } else if (length == 0) {
        out += "\xEF\xBF\xBD";
        return 1;
    } else if (is_unprintable(utf8_character(text.substr(0, length)))) {
        append_escape(out, utf8_character(text.substr(0, length)));
    } else {
        out.append(text.substr(0, length));
    }
    return length;
}

}  // namespace

void append_json_string(std::string& out, std::string_view text) {
    out.push_back('"');
    while (!text.empty()) {
        const size_t plain = plain_size(text);
        out.append(text.substr(0, plain));
        text.remove_prefix(plain);
        if (!text.empty()) {
            text.remove_prefix(append_character(out, text));
        }
    }
    out.push_back('"');
}

std::string json_string(std::string_view text) {
    std::string out;
    append_json_string(out, text);
    return out;
}

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
    append_json_string(text_, text);
    return *this;
}

JsonObject& JsonObject::add_json(std::string_view name, std::string_view json) {
    begin(name);
    text_ += json;
    return *this;
}

JsonObject& JsonObject::add_money(std::string_view name, Money money) {
    const std::string prefix(name);
    return add_text(prefix + "_pico_usd", to_text(money.pico()))
        .add_text(prefix + "_usd", to_usd_text(money));
}

JsonObject& JsonObject::add_amount(std::string_view name, Int128 amount, bool is_usd) {
    return is_usd ? add_text(name, to_usd_text(Money::from_pico(amount))) : add(name, amount);
}

std::string JsonObject::str() const {
    return text_ + "}";
}

void JsonObject::append_to(std::string& out) const {
    out += text_;
    out += '}';
}

void JsonObject::begin(std::string_view name) {
    if (text_.size() > 1) {
        text_.push_back(',');
    }
    append_json_string(text_, name);
    text_.push_back(':');
}

JsonArray& JsonArray::add(Int128 integer) {
    return add_json(to_text(integer));
}

JsonArray& JsonArray::add_text(std::string_view text) {
    begin();
    append_json_string(text_, text);
    return *this;
}

JsonArray& JsonArray::add_json(std::string_view json) {
    begin();
    text_ += json;
    return *this;
}

std::string JsonArray::str() const {
    return text_ + "]";
}

void JsonArray::begin() {
    if (text_.size() > 1) {
        text_.push_back(',');
    }
}

}  // namespace spantoll
