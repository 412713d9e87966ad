#include "tools/engine/engine.h"

namespace spantoll::tools {

void Engine::put_key(const VirtualKey& key) {
    name_owners();  // of what was decided before it
    const std::string account = KeyTable::account_of(key.name);
    keys_.put(key, KeyTable::Origin::kCommand);
    changed_keys_.insert_or_assign(key.name, key);
    const auto parents = keys_.parents().find(account);
    ledger_.set_parents(
        account, parents == keys_.parents().end() ? std::vector<std::string>() : parents->second);
    if (keys_.is_parent(account)) {
        ledger_.resolve_all_parents();
    }
    // Names that were found ahead may mean other accounts now.
    resolver_.forget_names();
    at_ = {};
    has_changes_ = true;
}

// Tells who owns the key of those accounts that decisions since the last commit are about.
void Engine::name_owners() {
    for (; owners_named_ < decisions_.size(); ++owners_named_) {
        Decision& decision = decisions_[owners_named_];
        decision.owner = keys_.owner_of(decision.account);
    }
}

}  // namespace spantoll::tools
