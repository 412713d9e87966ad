#pragma once

#include <array>
#include <bitset>
#include <cstdint>
#include <optional>
#include <string_view>

#include "ingest/decode/json_fault.h"
#include "ingest/decode/json_field.h"
#include "ingest/decode/json_token.h"
#include "ingest/decoded_record.h"
#include "schemas/money.h"
#include "schemas/span.h"

namespace spantoll::ingest {

// Puts one JSON span together from its members, in whatever order and however often they come: of
// equal members the last counts, with its faults and without those of the ones before it.
class JsonSpanReader {
  public:
    // Adds a span to `out` and fills it; its usages go to the end of those in `out`.
    JsonSpanReader(JsonTokens& tokens, DecodedRecord& out)
        : tokens_(tokens), out_(out), usages_(out.usages), span_(out.spans.emplace_back()) {
        span_.usage_begin = static_cast<uint32_t>(usages_.size());
    }

    // The next member. Reads or passes over an array or object that it holds.
    void take(std::string_view name, const JsonToken& token, simdjson::ondemand::value& value);

    // After the last member.
    void finish();

    // The object is not a span but OTLP's TracesData.
    bool is_otlp() const { return is_otlp_; }

  private:
    using Faults = std::bitset<kJsonFieldCount>;

    // A cost as its member gives it; empty = null or absent.
    using Cost = std::optional<DecimalMoney>;

    bool take_scalar(JsonField field, const JsonToken& token);
    void take_bytes(JsonField field, const JsonToken& token, uint64_t& out);
    bool take_cost(JsonField field, const JsonToken& token, Cost& out);
    void take_usages(const JsonToken& token, simdjson::ondemand::value& value);
    void take_usage(uint32_t element, simdjson::ondemand::value& value);
    void take_attributes(const JsonToken& token, simdjson::ondemand::value& value);
    void take_attribute(uint32_t element, simdjson::ondemand::value& value);
    void choose_cost();
    void choose_cost(const DecimalMoney& cost);
    // A value of the wrong type, or a quantity that is none.
    void refuse(const FieldFault& fault);
    // Keeps it for the sentence about the span, if this is the first span that needs one.
    void note(const FieldFault& fault);
    // Says in `out` what is wrong with the span; of several reasons the one that is judged first.
    void explain_fault();
    void explain_amount();
    void explain(const FieldFault* fault, Refusal refusal);
    const FieldFault* first_fault(const Faults& fields, Refusal refusal) const;

    JsonTokens& tokens_;
    DecodedRecord& out_;
    std::vector<Usage>& usages_;
    Span& span_;
    Faults is_wrong_;    // no value of the field's type
    Faults is_invalid_;  // a quantity that is none
    FieldFaults faults_;
    std::optional<int64_t> time_ms_;
    std::optional<int64_t> timestamp_;
    std::array<Cost, 3> costs_;                   // in the order in which they count
    JsonField cost_field_ = JsonField::kUnknown;  // the cost that counts
    std::string_view currency_;
    bool is_otlp_ = false;
};

}  // namespace spantoll::ingest
