#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace spantoll::tools {

// A small JSON text: a record of `dump`, an answer of a processor or of what claims to be one, the
// body of a command. Members are named by JSON pointers (RFC 6901): "/error/code", "/ema/1~110" for
// "1/10". What is missing, of another type, or in a text that is not JSON is empty.
//
// Made once and read() again and again it keeps its memory. One thread.
class ParsedJson {
  public:
    ParsedJson();
    explicit ParsedJson(std::string_view json);
    ~ParsedJson();
    ParsedJson(const ParsedJson&) = delete;
    ParsedJson& operator=(const ParsedJson&) = delete;

    // False where `json` is not JSON. What text() gave before is gone.
    bool read(std::string_view json);

    // Whether there is anything of that name.
    bool has(std::string_view pointer) const;
    std::optional<std::string_view> text(std::string_view pointer) const;
    std::optional<int64_t> number(std::string_view pointer) const;
    std::optional<bool> flag(std::string_view pointer) const;
    // Of an array of texts and of nothing else.
    std::optional<std::vector<std::string>> texts(std::string_view pointer) const;
    // Of the members of an object, in their order.
    std::vector<std::string> names(std::string_view pointer) const;

  private:
    struct State;
    std::unique_ptr<State> state_;
};

// The elements of an array, each as it is written. Empty where `json` is not an array.
std::optional<std::vector<std::string>> json_elements(std::string_view json);

// The members of an object in their order: name and value, the value as it is written. Empty where
// `json` is not one object and nothing else.
std::optional<std::vector<std::pair<std::string, std::string>>> json_members(std::string_view json);

}  // namespace spantoll::tools
