#include "ingest/decode/json.h"

#include <bit>
#include <cstring>

#include "ingest/decode/json_fault.h"
#include "ingest/decode/json_span.h"
#include "ingest/decode/json_syntax.h"
#include "ingest/decode/json_text.h"
#include "ingest/decode/json_token.h"
#include "ingest/limits.h"

namespace spantoll::ingest {
namespace {

namespace ondemand = simdjson::ondemand;

// True where only blanks follow what has been read.
bool is_at_end(ondemand::document& document) {
    return document.current_location().error() == simdjson::OUT_OF_BOUNDS;
}

// Reads the whole document into `out`.
class DocumentReader {
  public:
    DocumentReader(JsonTokens& tokens, DecodedRecord& out) : tokens_(tokens), out_(out) {}

    // False where the document is malformed.
    bool read(ondemand::document& document) {
        bool is_sound = false;
        ondemand::json_type type{};
        if (document.type().get(type) == simdjson::SUCCESS) {
            if (type == ondemand::json_type::object) {
                is_sound = read_object(document);
            } else if (type == ondemand::json_type::array) {
                is_sound = read_array(document);
            }
        }
        if (!is_sound || tokens_.is_broken() || !is_at_end(document)) {
            return false;
        }
        judge();
        return true;
    }

  private:
    // Refusals of a document that is valid JSON to its end.
    void judge() {
        if (is_otlp_) {
            return out_.refuse(Refusal::kNotDecodable, "OTLP JSON is not read yet");
        }
        if (count_ == 0) {
            return out_.refuse(Refusal::kNotDecodable, "an empty array");
        }
        if (count_ > kSpansPerRecordMax) {
            return out_.refuse(Refusal::kTooManySpans, "a record may have 10,000 spans");
        }
    }

    bool read_object(ondemand::document& document) {
        ondemand::object object;
        if (document.get_object().get(object) != simdjson::SUCCESS) {
            return false;
        }
        JsonSpanReader span(tokens_, out_);
        tokens_.for_members(
            object, [&](std::string_view name, const JsonToken& token, ondemand::value& value) {
                span.take(name, token, value);
            });
        span.finish();
        is_otlp_ = span.is_otlp();
        count_ = 1;
        return true;
    }

    bool read_array(ondemand::document& document) {
        ondemand::array array;
        if (document.get_array().get(array) != simdjson::SUCCESS) {
            return false;
        }
        tokens_.for_elements(array, [&](const JsonToken& token, ondemand::value& element) {
            if (++count_ > kSpansPerRecordMax) {
                tokens_.pass(token, element);
            } else if (token.kind == TokenKind::kObject) {
                read_span(element);
            } else {
                refuse_element(token);
                tokens_.pass(token, element);
            }
        });
        return true;
    }

    void read_span(ondemand::value& element) {
        JsonSpanReader span(tokens_, out_);
        tokens_.for_members_of(
            element, [&](std::string_view name, const JsonToken& token, ondemand::value& value) {
                span.take(name, token, value);
            });
        span.finish();
    }

    // Refuses an element of the array that is not an object.
    void refuse_element(const JsonToken& token) {
        if (!out_.fault.refusal) {
            const size_t index = out_.spans.size();
            out_.fault = {index, Refusal::kNotDecodable, sentence_of_element(index, token)};
        }
        out_.spans.emplace_back().is_not_decodable = true;
    }

    JsonTokens& tokens_;
    DecodedRecord& out_;
    size_t count_ = 0;
    bool is_otlp_ = false;
};

// Lets simdjson index the document; its padding follows the copy. Bytes that are not UTF-8 make
// simdjson fail on the whole document, so it tries once more with those bytes replaced.
bool begin(ondemand::parser& parser, std::span<char> copy, ondemand::document& document) {
    const auto begins = [&] {
        return parser.iterate(copy.data(), copy.size(), copy.size() + simdjson::SIMDJSON_PADDING)
                   .get(document) == simdjson::SUCCESS;
    };
    return begins() || (replace_broken_bytes(copy) > 0 && begins());
}

void refuse_malformed(std::string_view bytes, DecodedRecord& out) {
    const std::optional<JsonFault> fault = find_json_fault(bytes);
    out.refuse(Refusal::kNotDecodable, fault ? sentence_of(*fault, bytes) : "no JSON");
}

}  // namespace

struct JsonDecoder::State {
    ondemand::parser parser;
};

JsonDecoder::JsonDecoder() : state_(std::make_unique<State>()) {}

JsonDecoder::~JsonDecoder() = default;

void JsonDecoder::decode(std::string_view bytes, DecodedRecord& out) {
    constexpr size_t kPadding = simdjson::SIMDJSON_PADDING;
    // After the copy lies the arena for texts with escapes. A text only gets shorter without its
    // escapes, and simdjson writes whole SIMD words. A document without a backslash needs no arena.
    const size_t padded = bytes.size() + kPadding;
    const bool has_escapes = bytes.find('\\') != std::string_view::npos;
    const size_t arena_size = has_escapes ? padded : 0;
    char* const copy = out.reserve(padded + arena_size);
    std::memcpy(copy, bytes.data(), bytes.size());
    std::memset(copy + bytes.size(), ' ', kPadding);

    ondemand::parser& parser = state_->parser;
    if (parser.capacity() < bytes.size() &&
        parser.allocate(std::bit_ceil(bytes.size())) != simdjson::SUCCESS) {
        return out.refuse(Refusal::kNotDecodable, "out of memory");
    }
    ondemand::document document;
    JsonTokens tokens(
        parser, {copy, bytes.size()}, {reinterpret_cast<uint8_t*>(copy + padded), arena_size});
    if (!begin(parser, {copy, bytes.size()}, document) ||
        !DocumentReader(tokens, out).read(document)) {
        refuse_malformed(bytes, out);
    }
}

}  // namespace spantoll::ingest
