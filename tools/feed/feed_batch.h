#pragma once

#include <cstdint>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "schemas/span.h"

namespace spantoll::tools {

// Stores texts until clear(). A text returned by keep() never moves.
class TextArena {
  public:
    std::string_view keep(std::string_view text) {
        if (text.empty()) {
            return {};
        }
        if (blocks_.empty() || used_ + text.size() > sizes_.back()) {
            const size_t size = text.size() > kBlockBytes ? text.size() : kBlockBytes;
            blocks_.push_back(std::make_unique<char[]>(size));
            sizes_.push_back(size);
            used_ = 0;
        }
        char* const place = blocks_.back().get() + used_;
        std::memcpy(place, text.data(), text.size());
        used_ += text.size();
        return {place, text.size()};
    }
    // Keeps the first block, so that the steady state allocates nothing.
    void clear() {
        blocks_.resize(blocks_.empty() ? 0 : 1);
        sizes_.resize(blocks_.size());
        used_ = 0;
    }

  private:
    static constexpr size_t kBlockBytes = 64u << 10;
    std::vector<std::unique_ptr<char[]>> blocks_;
    std::vector<size_t> sizes_;
    size_t used_ = 0;
};

struct FeedAttribute {
    std::string_view key;
    std::string_view value;
};

// A span to send: the fields of the wire schema. Its texts live in the arena of the batch, or in
// whatever made the span. `span.cost` must fit the 64 bits of the wire. has_usage_data is sent for
// streamed spans only.
struct FeedSpan {
    Span span;  // usages and attributes are in the batch
    std::string_view request_id;
    uint32_t attribute_begin = 0;
    uint32_t attribute_count = 0;
};

// The spans of one record to send, sometimes followed by a broken record.
struct FeedBatch {
    std::vector<FeedSpan> spans;
    std::vector<Usage> usages;
    std::vector<FeedAttribute> attributes;
    TextArena texts;
    std::string broken_json;  // if not empty, sent as a JSON record of its own

    FeedSpan& add() {
        FeedSpan& added = spans.emplace_back();
        added.span.usage_begin = static_cast<uint32_t>(usages.size());
        added.attribute_begin = static_cast<uint32_t>(attributes.size());
        return added;
    }
    // Usages and attributes belong to the span added last.
    void add_usage(std::string_view meter, uint64_t quantity) {
        usages.push_back({.meter = meter, .quantity = quantity});
        ++spans.back().span.usage_count;
    }
    void add_attribute(std::string_view key, std::string_view value) {
        attributes.push_back({.key = key, .value = value});
        ++spans.back().attribute_count;
    }
    void clear() {
        spans.clear();
        usages.clear();
        attributes.clear();
        texts.clear();
        broken_json.clear();
    }
};

}  // namespace spantoll::tools
