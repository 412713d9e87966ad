#include "tools/configuration/configuration_depth.h"

#include <algorithm>

namespace spantoll::tools {
namespace {

// Scans a file. Of TOML it knows only strings and comments.
class DepthScan {
  public:
    explicit DepthScan(std::string_view toml) : rest_(toml) {}

    std::optional<size_t> first_line_beyond() {
        while (!rest_.empty()) {
            const char byte = rest_.front();
            if (byte == '"' || byte == '\'') {
                skip_string(byte);
                continue;
            }
            if (byte == '#') {
                skip(std::min(rest_.find('\n'), rest_.size()));
                continue;
            }
            count(byte);
            if (parts_ > kKeyPartsMax || brackets_ > kBracketsMax) {
                return line_;
            }
            skip(1);
        }
        return std::nullopt;
    }

  private:
    void count(char byte) {
        switch (byte) {
            case '.':
                ++parts_;
                break;
            case '[':
            case '{':
                ++brackets_;
                parts_ = 1;
                break;
            case ']':
            case '}':
                brackets_ -= brackets_ > 0 ? 1 : 0;
                break;
            case '=':
            case ',':
            case '\n':
                parts_ = 1;
                break;
            default:
                break;
        }
    }

    void skip(size_t bytes) {
        line_ += static_cast<size_t>(std::count(rest_.begin(), rest_.begin() + bytes, '\n'));
        rest_.remove_prefix(bytes);
    }

    // Skips a string on one line, or over several lines between three quotes. A string that does
    // not end is not TOML.
    void skip_string(char quote) {
        const std::string_view three = quote == '"' ? R"(""")" : "'''";
        const bool is_long = rest_.starts_with(three);
        size_t at = is_long ? 3 : 1;
        while (at < rest_.size()) {
            if (rest_[at] == '\\' && quote == '"') {
                at += 2;
            } else if (is_long ? rest_.substr(at).starts_with(three) : rest_[at] == quote) {
                at += is_long ? 3 : 1;
                break;
            } else if (rest_[at] == '\n' && !is_long) {
                break;
            } else {
                ++at;
            }
        }
        skip(std::min(at, rest_.size()));
    }

    std::string_view rest_;
    size_t line_ = 1;
    size_t parts_ = 1;  // of the key so far
    size_t brackets_ = 0;
};

}  // namespace

std::optional<size_t> line_beyond_depth(std::string_view toml) {
    return DepthScan(toml).first_line_beyond();
}

}  // namespace spantoll::tools
