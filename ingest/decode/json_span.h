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

// Builds one JSON span from its members, which may come in any order and more than once. Where a
// member comes several times, the last occurrence counts; the faults of the earlier ones do not.
class JsonSpanReader {
  public:
    // Adds a span to `out` and fills it. Its usages are appended to those in `out`.
    JsonSpanReader(JsonTokens& tokens, DecodedRecord& out)
        : tokens_(tokens), out_(out), usages_(out.usages), span_(out.spans.emplace_back()) {
        span_.usage_begin = static_cast<uint32_t>(usages_.size());
    }

    // Takes the next member. If its value is an array or object, it is read or skipped as well.
    void take(std::string_view name, const JsonToken& token, simdjson::ondemand::value& value);

    // After the last member.
    void finish();

    // True where the object is not a span but the TracesData of OTLP.
    bool is_otlp() const { return is_otlp_; }

  private:
    using Faults = std::bitset<kJsonFieldCount>;

    // A cost as given by its member; empty = null or absent.
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
    // Notes a value of the wrong type, or an invalid quantity.
    void refuse(const FieldFault& fault);
    // Keeps the fault for the sentence about the span, if this is the first span that needs one.
    void note(const FieldFault& fault);
    // Writes into `out` what is wrong with the span; of several reasons, the one that is judged
    // first.
    void explain_fault();
    void explain_amount();
    void explain(const FieldFault* fault, Refusal refusal);
    const FieldFault* first_fault(const Faults& fields, Refusal refusal) const;

    JsonTokens& tokens_;
    DecodedRecord& out_;
    std::vector<Usage>& usages_;
    Span& span_;
    Faults is_wrong_;    // the value has the wrong type
    Faults is_invalid_;  // the quantity is not valid
    FieldFaults faults_;
    std::optional<int64_t> time_ms_;
    std::optional<int64_t> timestamp_;
    std::array<Cost, 3> costs_;                   // in order of precedence
    JsonField cost_field_ = JsonField::kUnknown;  // the cost that counts
    std::string_view currency_;
    bool is_otlp_ = false;
};

}  // namespace spantoll::ingest
