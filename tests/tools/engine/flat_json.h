#pragma once

#include <map>
#include <string>
#include <string_view>

namespace spantoll::tools {

// The leaves of one JSON object that the program itself wrote, by their path:
// {"a":{"b":1},"c":null} gives {"a.b":"1", "c":"null"}. Texts lose their quotes; arrays stay whole.
//
// Not a general parser: the JSON that it is given must be well-formed.
inline std::map<std::string, std::string> flat_json(std::string_view json) {
    std::map<std::string, std::string> leaves;
    std::string prefix;
    size_t at = 0;
    const auto read_string = [&] {
        std::string text;
        for (++at; json[at] != '"'; ++at) {
            if (json[at] == '\\') {
                ++at;
            }
            text.push_back(json[at]);
        }
        ++at;
        return text;
    };
    const auto read_object = [&](const auto& self) -> void {
        const std::string outer = prefix;
        for (++at; json[at] != '}';) {
            if (json[at] == ',') {
                ++at;
                continue;
            }
            prefix = outer + (outer.empty() ? "" : ".") + read_string();
            ++at;  // the colon
            if (json[at] == '{') {
                self(self);
            } else if (json[at] == '"') {
                leaves[prefix] = read_string();
            } else {
                const size_t end =
                    json[at] == '[' ? json.find(']', at) + 1 : json.find_first_of(",}", at);
                leaves[prefix] = json.substr(at, end - at);
                at = end;
            }
        }
        ++at;
        prefix = outer;
    };
    read_object(read_object);
    return leaves;
}

}  // namespace spantoll::tools
