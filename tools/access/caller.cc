#include "tools/access/caller.h"

#include <algorithm>
#include <openssl/crypto.h>

#include "ingest/posted_as.h"
#include "schemas/control/command.h"
#include "tools/configuration/token.h"

namespace spantoll::tools {

Sees sees_of(const std::shared_ptr<const Caller>& caller, AncestorsOf ancestors_of) {
    if (!caller->is_limited()) {
        return {};
    }
    return [caller, ancestors_of = std::move(ancestors_of)](std::string_view account) {
        const auto is_own = [&](std::string_view one) {
            return std::ranges::find(caller->accounts, one) != caller->accounts.end();
        };
        return is_own(account) || std::ranges::any_of(ancestors_of(account), is_own);
    };
}

Callers::Callers(const HttpSettings& http) {
    const auto add = [&](const Sha256& hash, Caller caller) {
        known_.emplace_back(hash, std::make_shared<const Caller>(std::move(caller)));
    };
    if (!http.token.empty()) {
        Caller all;
        all.name = kByToken;
        all.may = Rights::all();
        add(sha256_of(http.token), std::move(all));
    }
    for (const HttpToken& token : http.tokens) {
        add(token.sha256,
            {token.name, false, token.may, token.accounts, ingest::set_text(token.set)});
    }
    if (!http.needs_token()) {
        Caller anyone;
        anyone.name = kByLoopback;
        anyone.is_anonymous = true;
        anyone.may = Rights::all();
        if (!http.open_commands) {
            anyone.may.remove(Right::kCommand);
        }
        anonymous_ = std::make_shared<const Caller>(std::move(anyone));
    }
}

std::shared_ptr<const Caller> Callers::find(std::string_view secret) const {
    const Sha256 hash = sha256_of(secret);
    std::shared_ptr<const Caller> found;
    for (const auto& [known, caller] : known_) {
        if (CRYPTO_memcmp(known.data(), hash.data(), hash.size()) == 0) {
            found = caller;
        }
    }
    return found;
}

}  // namespace spantoll::tools
