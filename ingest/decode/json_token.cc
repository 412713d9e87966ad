#include "ingest/decode/json_token.h"

#include <algorithm>

#include "ingest/decode/json_text.h"
#include "ingest/limits.h"
#include "schemas/check.h"

namespace spantoll::ingest {
namespace {

namespace ondemand = simdjson::ondemand;

// The raw token extends to the next one; the blanks between them do not belong to it.
std::string_view without_blanks(std::string_view raw) {
    while (!raw.empty() &&
           (raw.back() == ' ' || raw.back() == '\n' || raw.back() == '\r' || raw.back() == '\t')) {
        raw.remove_suffix(1);
    }
    return raw;
}

}  // namespace

JsonToken JsonTokens::read(ondemand::value& value) {
    const std::string_view raw = without_blanks(value.raw_json_token());
    if (raw.empty()) {
        fail();
        return {};
    }
    switch (raw.front()) {
        case '"':
            return read_text(value, raw);
        case '{':
            return nested(TokenKind::kObject, raw.data());
        case '[':
            return nested(TokenKind::kArray, raw.data());
        default:
            return read_scalar(raw);
    }
}

JsonToken JsonTokens::nested(TokenKind kind, const char* begin) const {
    constexpr ptrdiff_t kBytes = kShownBytesMax + 1;
    const auto size = static_cast<size_t>(std::min(kBytes, document_end_ - begin));
    return {kind, {begin, size}, {}};
}

JsonToken JsonTokens::read_text(ondemand::value& value, std::string_view raw) {
    ondemand::raw_json_string string;
    if (raw.size() < 2 || raw.back() != '"' ||
        value.get_raw_json_string().get(string) != simdjson::SUCCESS) {
        fail();
        return {};
    }
    const std::string_view inner = raw.substr(1, raw.size() - 2);
    const bool is_plain = inner.find('\\') == std::string_view::npos;
    return {TokenKind::kText, is_plain ? inner : unescape(string, inner.size()), {}};
}

JsonToken JsonTokens::read_scalar(std::string_view raw) {
    if (raw == "null") {
        return {TokenKind::kNull, {}, {}};
    }
    if (raw == "true") {
        return {TokenKind::kTrue, {}, {}};
    }
    if (raw == "false") {
        return {TokenKind::kFalse, {}, {}};
    }
    const JsonToken token{TokenKind::kNumber, raw, parse_whole(raw)};
    if (token.number.outcome == WholeOutcome::kNotANumber) {
        fail();
    }
    return token;
}

std::string_view JsonTokens::read_name(const ondemand::field& field) {
    const char* const raw = field.key().raw();
    const std::string_view rest(raw, static_cast<size_t>(document_end_ - raw));
    // Names are short, so a loop is faster here than memchr.
    size_t size = 0;
    bool has_escapes = false;
    for (; size < rest.size() && rest[size] != '"'; ++size) {
        if (rest[size] == '\\') {
            has_escapes = true;
            ++size;  // the escaped character may be a quote
        }
    }
    if (size >= rest.size()) {
        fail();
        return {};
    }
    return has_escapes ? unescape(field.key(), size) : rest.substr(0, size);
}

std::string_view JsonTokens::unescape(ondemand::raw_json_string raw, size_t size) {
    // simdjson writes whole SIMD words, up to its padding after the text.
    CHECK(size + simdjson::SIMDJSON_PADDING <= arena_.size(), "a text does not fit the arena");
    uint8_t* end = arena_.data();
    std::string_view text;
    if (parser_.unescape(raw, end).get(text) != simdjson::SUCCESS) {
        const auto again = unescape_text({raw.raw(), size}, arena_.data());
        if (!again) {
            fail();
            return {};
        }
        text = *again;
        end = arena_.data() + text.size();
    }
    arena_ = arena_.subspan(static_cast<size_t>(end - arena_.data()));
    return text;
}

void JsonTokens::pass(const JsonToken& token, ondemand::value& value) {
    if (token.kind == TokenKind::kObject) {
        for_members_of(
            value,
            [this](std::string_view /*name*/, const JsonToken& inner, ondemand::value& member) {
                pass(inner, member);
            });
    }
    if (token.kind == TokenKind::kArray) {
        for_elements_of(value, [this](const JsonToken& inner, ondemand::value& element) {
            pass(inner, element);
        });
    }
}

bool JsonTokens::enter() {
    return ++depth_ <= kJsonDepthMax;
}

}  // namespace spantoll::ingest
