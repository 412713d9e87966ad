#include "tools/process/parsed_json.h"

#include <simdjson.h>

namespace spantoll::tools {
namespace {

namespace ondemand = simdjson::ondemand;

template <typename T>
std::optional<T> value_at(const std::optional<simdjson::dom::element>& root,
                          std::string_view pointer) {
    T found{};
    if (!root || root->at_pointer(pointer).get(found) != simdjson::SUCCESS) {
        return std::nullopt;
    }
    return found;
}

std::string_view without_blanks_behind(std::string_view text) {
    return text.substr(0, text.find_last_not_of(" \t\r\n") + 1);
}

template <typename T>
std::optional<std::string> written(simdjson::simdjson_result<T> nested) {
    T found;
    std::string_view text;
    if (std::move(nested).get(found) != simdjson::SUCCESS ||
        found.raw_json().get(text) != simdjson::SUCCESS) {
        return std::nullopt;
    }
    return std::string(text);
}

std::optional<std::string> written_value(ondemand::value value) {
    ondemand::json_type type{};
    if (value.type().get(type) != simdjson::SUCCESS) {
        return std::nullopt;
    }
    if (type == ondemand::json_type::object) {
        return written(value.get_object());
    }
    if (type == ondemand::json_type::array) {
        return written(value.get_array());
    }
    return std::string(without_blanks_behind(value.raw_json_token()));
}

}  // namespace

struct ParsedJson::State {
    simdjson::dom::parser parser;
    std::optional<simdjson::dom::element> root;
};

ParsedJson::ParsedJson() : state_(std::make_unique<State>()) {}

ParsedJson::ParsedJson(std::string_view json) : ParsedJson() {
    read(json);
}

ParsedJson::~ParsedJson() = default;

bool ParsedJson::read(std::string_view json) {
    simdjson::dom::element root;
    state_->root.reset();
    // An empty view may have no bytes to point at, which simdjson would copy from all the same.
    if (!json.empty() &&
        state_->parser.parse(json.data(), json.size()).get(root) == simdjson::SUCCESS) {
        state_->root = root;
    }
    return state_->root.has_value();
}

bool ParsedJson::has(std::string_view pointer) const {
    return state_->root && state_->root->at_pointer(pointer).error() == simdjson::SUCCESS;
}

std::optional<std::string_view> ParsedJson::text(std::string_view pointer) const {
    return value_at<std::string_view>(state_->root, pointer);
}

std::optional<int64_t> ParsedJson::number(std::string_view pointer) const {
    return value_at<int64_t>(state_->root, pointer);
}

std::optional<bool> ParsedJson::flag(std::string_view pointer) const {
    return value_at<bool>(state_->root, pointer);
}

std::optional<std::vector<std::string>> ParsedJson::texts(std::string_view pointer) const {
    const auto array = value_at<simdjson::dom::array>(state_->root, pointer);
    if (!array) {
        return std::nullopt;
    }
    std::vector<std::string> texts;
    for (const simdjson::dom::element element : *array) {
        std::string_view text;
        if (element.get(text) != simdjson::SUCCESS) {
            return std::nullopt;
        }
        texts.emplace_back(text);
    }
    return texts;
}

std::vector<std::string> ParsedJson::names(std::string_view pointer) const {
    std::vector<std::string> names;
    const auto object = value_at<simdjson::dom::object>(state_->root, pointer);
    if (object) {
        for (const simdjson::dom::key_value_pair member : *object) {
            names.emplace_back(member.key);
        }
    }
    return names;
}

std::optional<std::vector<std::string>> json_elements(std::string_view json) {
    const simdjson::padded_string padded(json);
    ondemand::parser parser;
    ondemand::document document;
    ondemand::array array;
    if (parser.iterate(padded).get(document) != simdjson::SUCCESS ||
        document.get_array().get(array) != simdjson::SUCCESS) {
        return std::nullopt;
    }
    std::vector<std::string> elements;
    for (auto element : array) {
        ondemand::value value;
        if (std::move(element).get(value) != simdjson::SUCCESS) {
            return std::nullopt;
        }
        std::optional<std::string> written = written_value(value);
        if (!written) {
            return std::nullopt;
        }
        elements.push_back(std::move(*written));
    }
    return elements;
}

std::optional<std::vector<std::pair<std::string, std::string>>> json_members(
    std::string_view json) {
    const simdjson::padded_string padded(json);
    ondemand::parser parser;
    ondemand::document document;
    ondemand::object object;
    if (parser.iterate(padded).get(document) != simdjson::SUCCESS ||
        document.get_object().get(object) != simdjson::SUCCESS) {
        return std::nullopt;
    }
    std::vector<std::pair<std::string, std::string>> members;
    for (auto member : object) {
        std::string_view name;
        ondemand::value value;
        if (member.unescaped_key().get(name) != simdjson::SUCCESS ||
            member.value().get(value) != simdjson::SUCCESS) {
            return std::nullopt;
        }
        std::optional<std::string> written = written_value(value);
        if (!written) {
            return std::nullopt;
        }
        members.emplace_back(name, std::move(*written));
    }
    // Behind the object there is nothing.
    const char* behind = nullptr;
    const bool is_whole = document.current_location().get(behind) == simdjson::OUT_OF_BOUNDS;
    return is_whole ? std::optional(std::move(members)) : std::nullopt;
}

}  // namespace spantoll::tools
