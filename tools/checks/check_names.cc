#define XXH_INLINE_ALL  // a name is short: the call would cost as much as its hash
#include "tools/checks/check_names.h"

#include <algorithm>
#include <xxhash.h>

#include "schemas/ancestors.h"
#include "tools/engine/account_resolver.h"

namespace spantoll::tools {

TextHash hash_of(std::string_view text, uint64_t seed) {
    const XXH128_hash_t hash = XXH3_128bits_withSeed(text.data(), text.size(), seed);
    return {hash.high64, hash.low64};
}

const CheckName& CheckNames::of_account(std::string_view account) {
    const TextHash key = hash_of(account, parts_.seed);
    if (const auto known = by_account_.find(key); known != by_account_.end()) {
        return *known->second;
    }
    CheckName& name = names_.emplace_back();
    name.account = account;
    name.key = key;
    name.kind = parts_.kinds->kind_of(account).value_or(kGlobalKind);
    name.plan = parts_.plans->plan_of(name.kind, account);
    if (name.kind == key_kind_) {
        name.virtual_key = keys_->find_by_name(account.substr(account.find(':') + 1));
    }
    by_account_.emplace(key, &name);
    for (const std::string& parent : ancestors_of(keys_->parents(), account)) {
        name.parents.push_back(&of_account(parent));
    }
    return name;
}

const CheckName& CheckNames::other_of(KindIndex kind) {
    return of_account(stranger_account(parts_.kinds->at(kind), kOtherValue));
}

void CheckNames::set_keys(std::shared_ptr<const KeyTable> keys) {
    keys_ = std::move(keys);
    clear();
}

void CheckNames::clear() {
    named_key_ = nullptr;
    by_text_.clear();
    by_account_.clear();
    names_.clear();
}

// The raw texts of the kind's dimensions; empty where one is absent.
std::string_view CheckNames::text_of(KindIndex kind, const Span& span) {
    const std::vector<Dimension>& dimensions = parts_.kinds->at(kind).dimensions;
    if (dimensions.size() == 1) {
        return span.dimension(dimensions.front());
    }
    joined_.clear();
    for (const Dimension dimension : dimensions) {
        const std::string_view value = span.dimension(dimension);
        if (value.empty()) {
            return {};
        }
        joined_.append(value);
        joined_.push_back('\0');
    }
    return joined_;
}

const CheckName* CheckNames::find_named(KindIndex kind, const Span& span) {
    if (kind == kGlobalKind) {
        return &of_account(kGlobalAccount);
    }
    const std::string_view text = text_of(kind, span);
    if (text.empty()) {
        return nullptr;
    }
    const TextHash hash = hash_of(text, parts_.seed + 1 + kind);
    if (const auto known = by_text_.find(hash); known != by_text_.end()) {
        return known->second;
    }
    const CheckName& name = of_account(account_of(parts_.kinds->at(kind), span, *keys_));
    by_text_.emplace(hash, &name);
    return &name;
}

void CheckNames::resolve(const Span& span,
                         const IsBeyond& is_beyond,
                         std::vector<const CheckName*>& out,
                         std::vector<const CheckName*>& beyond) {
    if (names_.size() >= kNamesMax || by_text_.size() >= kNamesMax) {
        clear();
    }
    out.clear();
    beyond.clear();
    named_key_ = nullptr;
    const auto add = [&](const CheckName& name) {
        const CheckName* charged = &name;
        if (is_beyond && is_beyond(name)) {
            beyond.push_back(&name);
            charged = &other_of(name.kind);
        }
        if (std::find(out.begin(), out.end(), charged) == out.end()) {
            out.push_back(charged);
        }
    };
    const size_t kinds = parts_.kinds->all().size();
    for (size_t kind = 0; kind < kinds; ++kind) {
        const CheckName* const name = find_named(static_cast<KindIndex>(kind), span);
        if (name == nullptr) {
            continue;
        }
        named_key_ = kind == key_kind_ ? name : named_key_;
        add(*name);
        for (const CheckName* const parent : name->parents) {
            add(*parent);
        }
    }
}

}  // namespace spantoll::tools
