#include "ingest/decode/json_syntax.h"

#include <algorithm>
#include <bitset>

#include <fmt/format.h>

#include "ingest/decode/json_number.h"
#include "ingest/limits.h"
#include "schemas/text/printable.h"

namespace spantoll::ingest {
namespace {

constexpr size_t kShownBytesMax = 24;

bool is_blank(char c) {
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

// True for a character that ends a word such as `true` or `12`.
bool is_delimiter(char c) {
    return is_blank(c) || c == ',' || c == ':' || c == '[' || c == ']' || c == '{' || c == '}' ||
           c == '"';
}

std::string shown(std::string_view text) {
    const std::string part = printable(text.substr(0, kShownBytesMax));
    return text.size() > kShownBytesMax ? part + "..." : part;
}

// How to write a control character in a text.
std::string escape_of(char control) {
    switch (control) {
        case '\b':
            return "\\b";
        case '\f':
            return "\\f";
        case '\n':
            return "\\n";
        case '\r':
            return "\\r";
        case '\t':
            return "\\t";
        default:
            return fmt::format("\\u{:04x}", static_cast<unsigned>(control));
    }
}

// Scans a document from its beginning, one token after the other.
class Scanner {
  public:
    explicit Scanner(std::string_view document) : document_(document) {}

    std::optional<JsonFault> run() {
        skip_blanks();
        if (is_at_end()) {
            return fault("nothing stands in it");
        }
        if (front() != '{' && front() != '[') {
            return fault("it begins with {}: write a span object or an array of them",
                         next_shown());
        }
        while (!fault_ && expected_ != Expected::kEnd) {
            skip_blanks();
            step();
        }
        skip_blanks();
        if (!fault_ && !is_at_end()) {
            return fault("{} follows the end of the record", next_shown());
        }
        return fault_;
    }

  private:
    enum class Expected : uint8_t {
        kValue,
        kFirstElement,  // or ']'
        kFirstName,     // or '}'
        kName,
        kColon,
        kComma,  // or the end of the array or object
        kEnd,
    };

    bool is_at_end() const { return at_ == document_.size(); }
    char front() const { return document_[at_]; }
    bool next_is(char c) const { return !is_at_end() && front() == c; }
    void skip_blanks() {
        while (!is_at_end() && is_blank(front())) {
            ++at_;
        }
    }
    // The next word, text or sign, for a message.
    std::string next_shown() const {
        if (is_at_end()) {
            return "the end";
        }
        const std::string_view rest = document_.substr(at_);
        const auto* const end = std::find_if(rest.begin(), rest.end(), is_delimiter);
        const auto size = static_cast<size_t>(end - rest.begin());
        return size > 0 ? shown(rest.substr(0, size)) : fmt::format("'{}'", rest.front());
    }

    template <typename... Parts>
    std::optional<JsonFault> fault(fmt::format_string<Parts...> what, Parts&&... parts) {
        if (!fault_) {
            fault_ = JsonFault{at_, fmt::format(what, std::forward<Parts>(parts)...)};
        }
        return fault_;
    }

    void step() {
        switch (expected_) {
            case Expected::kFirstElement:
                return next_is(']') ? leave() : take_value();
            case Expected::kValue:
                return take_value();
            case Expected::kFirstName:
                return next_is('}') ? leave() : take_name();
            case Expected::kName:
                return take_name();
            case Expected::kColon:
                return take_colon();
            case Expected::kComma:
                return take_comma();
            case Expected::kEnd:
                return;
        }
    }

    void take_value() {
        if (next_is('{')) {
            return enter(true);
        }
        if (next_is('[')) {
            return enter(false);
        }
        if (next_is('"')) {
            take_text();
        } else if (is_at_end() || is_delimiter(front())) {
            fault("a value is missing before {}", next_shown());
        } else {
            take_word();
        }
        expected_ = Expected::kComma;
    }

    void take_name() {
        if (!next_is('"')) {
            fault("a member's name in quotation marks is missing before {}", next_shown());
            return;
        }
        take_text();
        expected_ = Expected::kColon;
    }

    void take_colon() {
        if (!next_is(':')) {
            fault("':' is missing after a member's name, before {}", next_shown());
            return;
        }
        ++at_;
        expected_ = Expected::kValue;
    }

    void take_comma() {
        const bool in_object = is_object_.test(depth_ - 1);
        if (next_is(in_object ? '}' : ']')) {
            return leave();
        }
        if (!next_is(',')) {
            fault("',' or '{}' is missing before {}", in_object ? '}' : ']', next_shown());
            return;
        }
        ++at_;
        expected_ = in_object ? Expected::kName : Expected::kValue;
    }

    void enter(bool is_object) {
        if (depth_ == kJsonDepthMax) {
            fault("arrays and objects are nested more than {} deep", kJsonDepthMax);
            return;
        }
        is_object_.set(depth_, is_object);
        ++depth_;
        ++at_;
        expected_ = is_object ? Expected::kFirstName : Expected::kFirstElement;
    }

    void leave() {
        ++at_;
        --depth_;
        expected_ = depth_ == 0 ? Expected::kEnd : Expected::kComma;
    }

    void take_text() {
        const size_t begin = at_++;
        while (!is_at_end() && front() != '"' && !fault_) {
            if (front() == '\\') {
                take_escape();
            } else if (static_cast<unsigned char>(front()) < 0x20) {
                fault("the control byte 0x{:02X} in a text: write {}",
                      static_cast<unsigned>(front()),
                      escape_of(front()));
            } else {
                ++at_;
            }
        }
        if (!fault_ && is_at_end()) {
            at_ = begin;
            fault("the text that begins here has no end");
        }
        ++at_;
    }

    void take_escape() {
        constexpr std::string_view kLetters = "\"\\/bfnrtu";
        constexpr size_t kUnicodeBytes = 6;
        const std::string_view escape = document_.substr(at_, 2);
        if (escape.size() < 2 || kLetters.find(escape[1]) == std::string_view::npos) {
            fault("the escape {} in a text: write \\\\ for a backslash", shown(escape));
            return;
        }
        at_ += escape.size();
        if (escape[1] != 'u') {
            return;
        }
        const std::string_view digits = document_.substr(at_, kUnicodeBytes - escape.size());
        const bool are_hex = std::ranges::all_of(digits, [](char c) {
            return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
        });
        if (digits.size() < kUnicodeBytes - escape.size() || !are_hex) {
            at_ -= escape.size();
            fault("the escape \\u{} in a text: write \\u and four hexadecimal digits",
                  shown(digits));
            return;
        }
        at_ += digits.size();
    }

    void take_word() {
        const std::string_view rest = document_.substr(at_);
        const auto* const end = std::find_if(rest.begin(), rest.end(), is_delimiter);
        const std::string_view word = rest.substr(0, static_cast<size_t>(end - rest.begin()));
        const bool is_value = word == "null" || word == "true" || word == "false" ||
                              parse_whole(word).outcome != WholeOutcome::kNotANumber;
        if (!is_value) {
            fault(
                "{} is not a value of JSON: write a number, a text in quotation marks, true, false "
                "or null",
                shown(word));
        }
        at_ += word.size();
    }

    const std::string_view document_;
    size_t at_ = 0;
    size_t depth_ = 0;
    Expected expected_ = Expected::kValue;
    std::bitset<kJsonDepthMax> is_object_;  // by depth: an object, else an array
    std::optional<JsonFault> fault_;
};

}  // namespace

std::optional<JsonFault> find_json_fault(std::string_view document) {
    return Scanner(document).run();
}

std::string sentence_of(const JsonFault& fault, std::string_view document) {
    const std::string_view before = document.substr(0, fault.at);
    const auto lines = std::ranges::count(before, '\n');
    const std::string place =
        lines == 0 ? std::string()
                   : fmt::format(" (line {}, column {})", lines + 1, fault.at - before.rfind('\n'));
    return fmt::format("no JSON at byte {}{}: {}", fault.at, place, fault.what);
}

}  // namespace spantoll::ingest
