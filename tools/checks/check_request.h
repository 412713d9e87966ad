#pragma once

#include <memory>
#include <span>
#include <string_view>

#include "schemas/error.h"
#include "tools/checks/check_query.h"

namespace spantoll::tools {

// Checks of one call; each is some hundred bytes of JSON and a microsecond of work.
inline constexpr size_t kChecksMax = 1000;

// The body of POST /v1/check:
//
//     {"checks":[{"virtual_key":"vk1","provider":"openai","model":"gpt-4o",
//                 "estimate":{"usd":"0.02","input_tokens":1200}}], "verbose":true}
//
// Members of a check are the dimensions of a span, `estimate` and `verbose`; those of an estimate
// are meters: `usd` a text, all others whole numbers. One thread.
class CheckRequest {
  public:
    CheckRequest();
    ~CheckRequest();
    CheckRequest(const CheckRequest&) = delete;
    CheckRequest& operator=(const CheckRequest&) = delete;

    // kUsage: where and what is wrong, and what to write.
    Result<void> read(std::string_view body);
    // Their texts live as long as this, until the next read().
    std::span<const CheckQuery> queries() const;

  private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace spantoll::tools
