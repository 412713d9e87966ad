#include "tools/http/lists.h"

#include <array>
#include <utility>

#include <fmt/format.h>

#include "schemas/number.h"
#include "tools/http/error.h"
#include "tools/http/query.h"
#include "tools/http/rights.h"

namespace spantoll::tools {
namespace {

constexpr std::array<KnownParameter, 5> kAccountsParameters{{
    {.name = "kind", .value = "KIND"},
    {.name = "prefix", .value = "TEXT"},
    {.name = "sort", .value = "account|month_usd|day_usd"},
    {.name = "after", .value = "ACCOUNT"},
    {.name = "limit", .value = "1..1000"},
}};
constexpr size_t kAccountsPerAnswerMax = 1000;

HttpResponse answer_of(Result<std::string> json) {
    return json ? HttpResponse{.body = std::move(*json)} : failure_response(json.error());
}

HttpResponse bad_value(std::string_view name, std::string_view value, std::string_view write) {
    return error_response(400,
                          "parameter_invalid",
                          fmt::format("{}={}: write {}.", name, shown_parameter(value), write));
}

}  // namespace

HttpResponse get_levels(const HttpBackend& backend, const HttpRequest& request) {
    const Result<QueryParameters> none = read_parameters(request, {});
    return none ? answer_of(backend.levels(sees_of(backend, request)))
                : failure_response(none.error());
}

HttpResponse get_limits(const HttpBackend& backend, const HttpRequest& request) {
    const Result<QueryParameters> none = read_parameters(request, {});
    return none ? HttpResponse{.body = backend.limits()} : failure_response(none.error());
}

HttpResponse get_accounts(const HttpBackend& backend, const HttpRequest& request) {
    const Result<QueryParameters> parameters = read_parameters(request, kAccountsParameters);
    if (!parameters) {
        return failure_response(parameters.error());
    }
    AccountsQuery query;
    for (const auto& [name, value] : *parameters) {
        if (name == "kind") {
            query.kind = value;
        } else if (name == "prefix") {
            query.prefix = value;
        } else if (name == "after") {
            query.after = value;
        } else if (name == "limit") {
            const size_t count = parse_number<size_t>(value).value_or(0);
            if (count == 0 || count > kAccountsPerAnswerMax) {
                return bad_value(name, value, "1 to 1000");
            }
            query.count_max = count;
        } else if (value == "month_usd" || value == "day_usd") {
            query.sort =
                value == "day_usd" ? AccountsQuery::Sort::kDay : AccountsQuery::Sort::kMonth;
        } else if (value != "account") {
            return bad_value(name, value, "account, month_usd or day_usd");
        }
    }
    return answer_of(backend.accounts(query, sees_of(backend, request)));
}

}  // namespace spantoll::tools
