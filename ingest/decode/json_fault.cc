#include "ingest/decode/json_fault.h"

#include <algorithm>

#include <fmt/format.h>

#include "schemas/text/json_writer.h"
#include "schemas/text/printable.h"
#include "schemas/text/utf8.h"

namespace spantoll::ingest {
namespace {

constexpr std::string_view kWholeNumber = "write a whole number from 0 to 18446744073709551615";
constexpr std::string_view kUsage =
    R"(write an array of objects such as {"meter":"input_tokens","quantity":5})";
constexpr std::string_view kAttributes =
    R"(write an array of objects such as {"key":"prompt","value":"hello"})";
constexpr std::string_view kUsd = R"(write a number or a decimal text such as "0.25")";
constexpr std::string_view kText = "write a text in quotation marks";

std::string_view advice(JsonField field) {
    switch (field) {
        case JsonField::kTraceId:
            return "write a text of 32 hexadecimal digits";
        case JsonField::kSpanId:
            return "write a text of 16 hexadecimal digits";
        case JsonField::kSequence:
            return "write a whole number from 0 to 4294967295";
        case JsonField::kHttpStatus:
            return "write a whole number from 0 to 65535";
        case JsonField::kTimeMs:
        case JsonField::kTimestamp:
            return "write a number, whole milliseconds since 1970 such as 1700000000000";
        case JsonField::kDurationUs:
            return "write a whole number of microseconds from 0 to 18446744073709551615";
        case JsonField::kStatus:
            return R"(write "unset", "ok" or "error")";
        case JsonField::kDirection:
            return R"(write "none", "inbound" or "outbound")";
        case JsonField::kIngressBytes:
        case JsonField::kEgressBytes:
            return kWholeNumber;
        case JsonField::kUsage:
            return kUsage;
        case JsonField::kAttributes:
            return kAttributes;
        case JsonField::kCostPicoUsd:
            return "write a whole number from -9223372036854775808 to 9223372036854775807";
        case JsonField::kCostUsd:
        case JsonField::kCostAmount:
            return kUsd;
        case JsonField::kCostCurrency:
            return R"(write "USD", which is what costs are counted in)";
        case JsonField::kIsCredit:
        case JsonField::kIsStreaming:
        case JsonField::kIsFinalChunk:
        case JsonField::kHasUsageData:
            return "write true or false";
        default:
            return kText;
    }
}

std::string_view advice(const FieldFault& fault) {
    // Only the sign or the bound is wrong.
    if (fault.refusal == Refusal::kCostNegative || fault.refusal == Refusal::kCostTooLarge) {
        return "a span costs from 0 to 1000000 USD, and a credit as much with either sign";
    }
    switch (fault.place) {
        case FaultPlace::kMeter:
        case FaultPlace::kKey:
        case FaultPlace::kValue:
            return kText;
        case FaultPlace::kQuantity:
            return kWholeNumber;
        case FaultPlace::kMember:
        case FaultPlace::kElement:
            break;
    }
    return advice(fault.field);
}

std::string path_of(const FieldFault& fault) {
    const std::string_view member = name_of(fault.field);
    switch (fault.place) {
        case FaultPlace::kMember:
            return std::string(member);
        case FaultPlace::kElement:
            return fmt::format("{}[{}]", member, fault.element);
        case FaultPlace::kMeter:
            return fmt::format("{}[{}].meter", member, fault.element);
        case FaultPlace::kQuantity:
            return fmt::format("{}[{}].quantity", member, fault.element);
        case FaultPlace::kKey:
            return fmt::format("{}[{}].key", member, fault.element);
        case FaultPlace::kValue:
            return fmt::format("{}[{}].value", member, fault.element);
    }
    return {};
}

// At most kShownBytesMax bytes of UTF-8, without splitting a character.
std::string_view cut(std::string_view text) {
    if (text.size() <= kShownBytesMax) {
        return text;
    }
    size_t size = 0;
    while (size < kShownBytesMax) {
        const size_t next = size + std::max<size_t>(1, utf8_length(text.substr(size)));
        if (next > kShownBytesMax) {
            break;
        }
        size = next;
    }
    return text.substr(0, size);
}

std::string shown_text(std::string_view text) {
    return printable(json_string(cut(text))) +
           (text.size() > kShownBytesMax ? fmt::format("... ({} bytes)", text.size()) : "");
}

// The size of the array or object at the beginning of `rest`; 0 where it does not end there.
size_t size_of_nested(std::string_view rest) {
    size_t depth = 0;
    bool in_text = false;
    for (size_t i = 0; i < rest.size(); ++i) {
        const char c = rest[i];
        if (in_text) {
            i += c == '\\' ? 1 : 0;
            in_text = c != '"';
        } else if (c == '"') {
            in_text = true;
        } else if (c == '[' || c == '{') {
            ++depth;
        } else if ((c == ']' || c == '}') && --depth == 0) {
            return i + 1;
        }
    }
    return 0;
}

std::string shown_nested(std::string_view rest) {
    const size_t size = size_of_nested(rest);
    return size > 0 ? printable(rest.substr(0, size)) : printable(cut(rest)) + "...";
}

std::string shown(const JsonToken& token) {
    switch (token.kind) {
        case TokenKind::kNull:
            return "null";
        case TokenKind::kTrue:
            return "true";
        case TokenKind::kFalse:
            return "false";
        case TokenKind::kNumber:
            return token.text.size() <= kShownBytesMax
                       ? std::string(token.text)
                       : fmt::format("{}... ({} bytes)", cut(token.text), token.text.size());
        case TokenKind::kText:
            return "the text " + shown_text(token.text);
        case TokenKind::kArray:
            return "the array " + shown_nested(token.text);
        case TokenKind::kObject:
            return "the object " + shown_nested(token.text);
    }
    return {};
}

}  // namespace

std::string sentence_of(const FieldFault& fault) {
    return fmt::format("{} is {}: {}", path_of(fault), shown(fault.found), advice(fault));
}

std::string sentence_of_element(size_t index, const JsonToken& found) {
    return fmt::format("element {} of the record is {}: write a span object", index, shown(found));
}

void FieldFaults::note(const FieldFault& fault) {
    if (find(fault.field, fault.refusal) == nullptr) {
        faults_.push_back(fault);
    }
}

const FieldFault* FieldFaults::find(JsonField field, Refusal refusal) const {
    const auto found = std::ranges::find_if(faults_, [&](const FieldFault& each) {
        return each.field == field && each.refusal == refusal;
    });
    return found == faults_.end() ? nullptr : &*found;
}

}  // namespace spantoll::ingest
