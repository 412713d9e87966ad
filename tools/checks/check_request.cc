#include "tools/checks/check_request.h"

#include <algorithm>
#include <simdjson.h>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "ingest/naming.h"
#include "schemas/text/json_writer.h"

namespace spantoll::tools {
namespace {

using simdjson::dom::element;

// A name or a value for a message; the rest of a long one does not matter.
std::string shown(std::string_view text) {
    constexpr size_t kShownMax = 64;
    return json_string(text.substr(0, kShownMax));
}

constexpr std::string_view kKeySecret = "key_secret";

// Reads one check; the first fault wins.
class QueryReader {
  public:
    QueryReader(size_t at, CheckQuery& query) : at_(at), query_(query) {}

    // Empty where it is one.
    std::string read(const element& check) {
        simdjson::dom::object members;
        if (check.get(members) != simdjson::SUCCESS) {
            return complain("", "is not an object: write {\"virtual_key\":\"vk1\"}");
        }
        for (const auto& [name, value] : members) {
            if (std::string fault = read_member(name, value); !fault.empty()) {
                return fault;
            }
        }
        const auto is_said = [](std::string_view text) { return !text.empty(); };
        const bool has_any =
            std::ranges::any_of(query_.dimensions, is_said) || is_said(query_.key_secret);
        if (is_said(query_.key_secret) &&
            is_said(query_.dimensions[static_cast<size_t>(Dimension::kVirtualKey)])) {
            return complain("", "says virtual_key and key_secret: write one of them");
        }
        return has_any ? std::string()
                       : complain("",
                                  "says nobody: write at least one dimension of a span, as "
                                  "\"virtual_key\":\"vk1\"");
    }

  private:
    std::string read_member(std::string_view name, const element& value) {
        if (value.is_null()) {
            return {};
        }
        if (name == "estimate") {
            return read_estimate(value);
        }
        if (name == "verbose") {
            return value.get(query_.is_verbose) == simdjson::SUCCESS
                       ? std::string()
                       : complain(".verbose", "is not true or false");
        }
        const std::optional<Dimension> dimension =
            name == kKeySecret ? Dimension::kVirtualKey : parse_dimension(name);
        if (!dimension) {
            return complain("",
                            fmt::format("has a member {}: there are the dimensions of a span, "
                                        "key_secret, estimate and verbose",
                                        shown(name)));
        }
        std::string_view text;
        if (value.get(text) != simdjson::SUCCESS) {
            return complain(fmt::format(".{}", name), "is not a text");
        }
        (name == kKeySecret ? query_.key_secret
                            : query_.dimensions[static_cast<size_t>(*dimension)]) = text;
        return {};
    }

    std::string read_estimate(const element& value) {
        simdjson::dom::object members;
        if (value.get(members) != simdjson::SUCCESS) {
            return complain(".estimate", "is not an object: write {\"usd\":\"0.02\"}");
        }
        query_.estimate.emplace();
        for (const auto& [name, amount] : members) {
            if (std::string fault = read_amount(name, amount); !fault.empty()) {
                return fault;
            }
        }
        return {};
    }

    std::string read_amount(std::string_view meter, const element& value) {
        CheckEstimate& estimate = *query_.estimate;
        if (value.is_null()) {
            return {};
        }
        if (meter == "usd") {
            return read_usd(value);
        }
        uint64_t quantity = 0;
        if (value.get(quantity) != simdjson::SUCCESS || quantity > kQuantityMax) {
            return complain(fmt::format(".estimate.{}", meter),
                            fmt::format("is not a whole number from 0 to {}", kQuantityMax));
        }
        if (meter == "tokens") {
            estimate.tokens = quantity;
        } else if (uint64_t* const built_in = built_in_meter(meter)) {
            *built_in = quantity;
        } else if (!ingest::is_good_name(meter)) {
            return complain(".estimate",
                            fmt::format("has {}, which no meter is called", shown(meter)));
        } else if (const auto known = std::ranges::find(estimate.usage, meter, &Usage::meter);
                   known != estimate.usage.end()) {
            known->quantity = quantity;  // of equal members the last counts
        } else if (estimate.usage.size() == kMetersMax) {
            return complain(".estimate", fmt::format("has more than {} meters", kMetersMax));
        } else {
            estimate.usage.push_back({meter, quantity});
        }
        return {};
    }

    std::string read_usd(const element& value) {
        std::string_view text;
        const DecimalMoney read =
            value.get(text) == simdjson::SUCCESS ? parse_usd(text) : DecimalMoney{};
        if (read.outcome != DecimalOutcome::kOk || read.money < Money() ||
            read.money.pico() > kAmountMax) {
            return complain(".estimate.usd", "is not US dollars: write a text such as \"0.02\"");
        }
        query_.estimate->usd = read.money;
        return {};
    }

    uint64_t* built_in_meter(std::string_view meter) const {
        CheckEstimate& estimate = *query_.estimate;
        return meter == "requests"        ? &estimate.requests
               : meter == "ingress_bytes" ? &estimate.ingress_bytes
               : meter == "egress_bytes"  ? &estimate.egress_bytes
               : meter == "duration_ms"   ? &estimate.duration_ms
                                          : nullptr;
    }

    std::string complain(std::string_view member, std::string_view what) const {
        return fmt::format("checks[{}]{} {}.", at_, member, what);
    }

    // Far beyond any use, and in microseconds still a number of 64 bits.
    static constexpr uint64_t kQuantityMax = 1'000'000'000'000'000;
    static constexpr size_t kMetersMax = 64;

    const size_t at_;
    CheckQuery& query_;
};

}  // namespace

struct CheckRequest::State {
    simdjson::dom::parser parser;
    std::vector<CheckQuery> queries;

    std::string read(const element& root);
};

// What is wrong; empty where nothing is.
std::string CheckRequest::State::read(const element& root) {
    simdjson::dom::array checks;
    if (root["checks"].get(checks) != simdjson::SUCCESS) {
        return "Write {\"checks\":[{\"virtual_key\":\"vk1\",\"estimate\":{\"usd\":\"0.02\"}}]}.";
    }
    bool is_verbose = false;
    simdjson::dom::object members;
    if (root.get(members) != simdjson::SUCCESS) {
        return "The body is not an object.";
    }
    for (const auto& [name, value] : members) {
        if (name == "verbose") {
            if (value.get(is_verbose) != simdjson::SUCCESS) {
                return "verbose is not true or false.";
            }
        } else if (name != "checks") {
            return fmt::format("The body has a member {}: there are checks and verbose.",
                               shown(name));
        }
    }
    for (const element& check : checks) {
        if (queries.size() == kChecksMax) {
            return fmt::format("There are more than {} checks: send the rest in another call.",
                               kChecksMax);
        }
        CheckQuery& query = queries.emplace_back();
        if (std::string fault = QueryReader(queries.size() - 1, query).read(check);
            !fault.empty()) {
            return fault;
        }
        query.is_verbose = query.is_verbose || is_verbose;
    }
    return queries.empty() ? "There is no check in checks." : std::string();
}

CheckRequest::CheckRequest() : state_(std::make_unique<State>()) {}
CheckRequest::~CheckRequest() = default;

Result<void> CheckRequest::read(std::string_view body) {
    state_->queries.clear();
    element root;
    if (body.empty() ||
        state_->parser.parse(body.data(), body.size()).get(root) != simdjson::SUCCESS) {
        return failure(ErrorKind::kUsage, "The body is not JSON.");
    }
    std::string fault = state_->read(root);
    return fault.empty() ? Result<void>() : failure(ErrorKind::kUsage, std::move(fault));
}

std::span<const CheckQuery> CheckRequest::queries() const {
    return state_->queries;
}

}  // namespace spantoll::tools
