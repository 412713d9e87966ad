#include "tools/http/query.h"

#include <algorithm>

#include <fmt/format.h>

#include "schemas/text/printable.h"
#include "tools/http/limits.h"

namespace spantoll::tools {
namespace {

int hex_digit(char c) {
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    if (c >= 'A' && c <= 'F') {
        return c - 'A' + 10;
    }
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool is_unreserved(char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
           std::string_view("-._~").find(c) != std::string_view::npos;
}

std::string list_of(std::span<const KnownParameter> known) {
    std::string list;
    for (size_t i = 0; i < known.size(); ++i) {
        const bool is_last = i + 1 == known.size();
        list += i == 0 ? "" : is_last ? " and " : ", ";
        list += fmt::format("{}={}", known[i].name, known[i].value);
        list += known[i].occurs == Occurs::kAnyTimes ? " (once or more)" : "";
    }
    return list.empty() ? "no parameters" : list;
}

}  // namespace

std::string shown_parameter(std::string_view text) {
    constexpr size_t kShownBytes = 64;
    return printable(text.substr(0, kShownBytes));
}

std::optional<std::string> percent_decode(std::string_view text) {
    std::string decoded;
    decoded.reserve(text.size());
    for (size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '%') {
            decoded += text[i];
            continue;
        }
        const int high = i + 1 < text.size() ? hex_digit(text[i + 1]) : -1;
        const int low = i + 2 < text.size() ? hex_digit(text[i + 2]) : -1;
        if (high < 0 || low < 0) {
            return std::nullopt;
        }
        decoded += static_cast<char>(high * 16 + low);
        i += 2;
    }
    return decoded;
}

std::string percent_encode(std::string_view text) {
    std::string encoded;
    encoded.reserve(text.size() * 3);
    for (const char c : text) {
        if (is_unreserved(c)) {
            encoded += c;
        } else {
            encoded += fmt::format("%{:02X}", static_cast<unsigned char>(c));
        }
    }
    return encoded;
}

Result<QueryParameters> parse_query(std::string_view query) {
    QueryParameters parameters;
    while (!query.empty()) {
        const size_t end = std::min(query.find('&'), query.size());
        const std::string_view item = query.substr(0, end);
        query.remove_prefix(std::min(end + 1, query.size()));
        if (item.empty()) {
            continue;
        }
        const size_t equals = std::min(item.find('='), item.size());
        std::optional<std::string> name = percent_decode(item.substr(0, equals));
        std::optional<std::string> value =
            percent_decode(item.substr(std::min(equals + 1, item.size())));
        if (!name || !value) {
            return failure(ErrorKind::kUsage, "The query holds a '%' without two hex digits.");
        }
        if (parameters.size() == kQueryParametersMax) {
            return failure(ErrorKind::kUsage, "The query has too many parameters.");
        }
        parameters.emplace_back(std::move(*name), std::move(*value));
    }
    return parameters;
}

Result<void> check_parameters(const QueryParameters& parameters,
                              std::span<const KnownParameter> known) {
    for (const auto& [name, value] : parameters) {
        const auto found = std::ranges::find(known, name, &KnownParameter::name);
        if (found == known.end()) {
            return failure(ErrorKind::kUsage,
                           fmt::format("\"{}\" is no parameter of this path, which takes {}.",
                                       shown_parameter(name),
                                       list_of(known)));
        }
        const auto times = std::ranges::count(
            parameters, name, [](const auto& one) -> const std::string& { return one.first; });
        if (found->occurs == Occurs::kOnce && times > 1) {
            return failure(
                ErrorKind::kUsage,
                fmt::format("{} stands {} times in the query: write it once.", found->name, times));
        }
    }
    return {};
}

Result<QueryParameters> read_parameters(const HttpRequest& request,
                                        std::span<const KnownParameter> known) {
    Result<QueryParameters> parameters = parse_query(request.query);
    if (parameters) {
        if (const Result<void> checked = check_parameters(*parameters, known); !checked) {
            return tl::make_unexpected(checked.error());
        }
    }
    return parameters;
}

}  // namespace spantoll::tools
