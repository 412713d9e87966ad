#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "schemas/settings.h"

namespace spantoll::tools {

// Somebody who asks over HTTP, and what they may.
struct Caller {
    std::string name;           // in the rows of commands
    bool is_anonymous = false;  // on loopback, where no token is configured
    Rights may;
    std::vector<std::string> accounts;  // as of HttpToken
    std::string set;                    // by ingest::set_text()

    // Whether some accounts are hidden from it.
    bool is_limited() const { return !accounts.empty(); }
};

// Stands for an account that the caller does not see, and for the limit on it: neither can be
// called so.
inline constexpr std::string_view kUnseen = "~above";

// Whether an account may be seen; empty where all may.
using Sees = std::function<bool(std::string_view account)>;
// All accounts above an account.
using AncestorsOf = std::function<std::vector<std::string>(std::string_view account)>;

// One of the caller's own accounts, or one below them. Asks for the ancestors each time, because
// parents change while spantoll runs. Empty where the caller sees everything.
Sees sees_of(const std::shared_ptr<const Caller>& caller, AncestorsOf ancestors_of);

// All tokens of a listener, by the hashes of their secrets. Constant after construction.
class Callers {
  public:
    explicit Callers(const HttpSettings& http);

    // Who sends this secret; null where nobody does. Takes equally long whatever is sent: every
    // hash is compared, in constant time.
    std::shared_ptr<const Caller> find(std::string_view secret) const;
    // Who sends none; null where there are tokens.
    const std::shared_ptr<const Caller>& anonymous() const { return anonymous_; }

  private:
    std::vector<std::pair<Sha256, std::shared_ptr<const Caller>>> known_;
    std::shared_ptr<const Caller> anonymous_;
};

}  // namespace spantoll::tools
