#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "schemas/error.h"
#include "tools/feed/feed_batch.h"

namespace spantoll::tools {

// A field of a span that a column or a constant can be mapped to, by its name in
// docs/semantics.md#spans: `time_ms`, `service`, `usage.input_tokens`, `attributes.color`,
// `cost_usd` ...
class FeedField {
  public:
    // kUsage: there is no such field; the message suggests which one was meant.
    static Result<FeedField> named(std::string_view name);

    const std::string& name() const { return name_; }
    // What the field expects: "a whole number", "a time such as 2023-11-16 18:17:03.97 or epoch
    // milliseconds" ... For a time it also says what `text` looks like instead.
    std::string wants(std::string_view text) const;

    // Reads the text into the span added to the batch last. False where the field cannot have that
    // value. An empty text leaves the field absent. Blanks and invisible characters at the ends are
    // ignored, except in attributes.
    bool set(std::string_view text, FeedBatch& batch) const;

    bool is_dimension() const;

  private:
    struct Traits;
    struct Table;
    FeedField(std::string name, const Traits* traits) : name_(std::move(name)), traits_(traits) {}

    std::string name_;
    std::string part_;  // the part after `usage.` or `attributes.`
    const Traits* traits_ = nullptr;
};

}  // namespace spantoll::tools
