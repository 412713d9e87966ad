#include <algorithm>
#include <iterator>

#include <fmt/format.h>

#include "ingest/naming.h"
#include "schemas/control/command.h"
#include "schemas/text/suggestion.h"
#include "tools/configuration/configuration_sections.h"
#include "tools/configuration/token.h"

namespace spantoll::tools {
namespace {

// All are looked at for each request, 32 bytes each: some microseconds.
constexpr size_t kTokensMax = 1'000;
// Of one token, looked at for each decision that it is shown.
constexpr size_t kTokenAccountsMax = 1'000;

void read_rights(TableReader& table, Rights& out) {
    std::vector<std::string> names;
    table.read_texts("may", names);
    if (names.empty()) {
        table.complain("may", "write what it may do, such as [\"spans\", \"check\"]");
    }
    for (const std::string& name : names) {
        const auto found = std::ranges::find(kRightNames, name);
        if (found == kRightNames.end()) {
            table.complain("may",
                           fmt::format("\"{}\" is not a right: {}",
                                       name,
                                       suggestion(name, {kRightNames.begin(), kRightNames.end()})));
            return;
        }
        out.add(static_cast<Right>(std::distance(kRightNames.begin(), found)));
    }
}

void read_accounts(TableReader& table, const AccountKinds& kinds, std::vector<std::string>& out) {
    if (table.find("accounts") == nullptr) {
        return;
    }
    table.read_texts("accounts", out);
    if (out.empty() || out.size() > kTokenAccountsMax) {
        table.complain("accounts",
                       fmt::format("write 1 to {} accounts, or leave it out for a token that sees "
                                   "all of them",
                                   kTokenAccountsMax));
    }
    for (const std::string& account : out) {
        if (const Result<KindIndex> kind = ingest::check_account(kinds, account); !kind) {
            table.complain("accounts", kind.error().message);
            return;
        }
    }
}

void read_set(TableReader& table, ConfigurationFault& fault, std::vector<DimensionValue>& out) {
    const TomlNode* set = table.find("set");
    if (set == nullptr) {
        return;
    }
    if (set->type != TomlNode::Type::kTable || set->members.empty()) {
        table.complain("set", "write values of dimensions, such as { customer = \"acme\" }");
        return;
    }
    TableReader values(
        *set, table.where() + " set:", {kDimensionNames.begin(), kDimensionNames.end()}, fault);
    for (size_t i = 0; i < kDimensionCount; ++i) {
        const auto dimension = static_cast<Dimension>(i);
        std::string text;
        values.read_text(name_of(dimension), text);
        if (text.empty()) {
            continue;
        }
        if (ingest::account_value(dimension, text) == kInvalidValue) {
            values.complain(name_of(dimension), "is no good name: no account can be called so");
        }
        out.push_back({dimension, std::move(text)});
    }
}

// What does not go together.
void check_together(TableReader& table, const HttpToken& token) {
    if (!token.accounts.empty() && token.may.has(Right::kCommand)) {
        table.complain("accounts",
                       "a command changes things for everybody: leave out accounts, or take "
                       "\"command\" out of may");
    }
    if (!token.set.empty() && !token.may.has(Right::kSpans)) {
        table.complain("set", "is about spans posted with it: add \"spans\" to may");
    }
}

void check_unlike(TableReader& table, const HttpToken& token, const std::vector<HttpToken>& all) {
    for (const HttpToken& other : all) {
        if (other.name == token.name) {
            table.complain("name", "stands twice: each token has a name of its own");
        } else if (other.sha256 == token.sha256) {
            table.complain_of_secret(
                "sha256",
                fmt::format("is that of token \"{}\": each has a secret of its own", other.name));
        }
    }
}

void read_hash(TableReader& table, Sha256& out) {
    const TomlNode* hash =
        table.require("sha256", "sha256 = \"...\", from printf %s SECRET | sha256sum");
    if (hash == nullptr) {
        return;
    }
    const std::optional<Sha256> parsed =
        hash->type == TomlNode::Type::kText ? parse_sha256(hash->text) : std::nullopt;
    if (!parsed) {  // it may be the secret itself
        table.complain_of_secret("sha256",
                                 "write the 64 hex digits of: printf %s SECRET | sha256sum");
        return;
    }
    out = *parsed;
}

void read_name(TableReader& table, std::string& out) {
    if (table.require("name", "name = \"acme\"") == nullptr) {
        return;
    }
    table.read_text("name", out);
    const bool is_taken =
        out == kByFile || out == kBySignal || out == kByToken || out == kByLoopback;
    if (!out.empty() && (is_taken || !is_given_name(out))) {
        table.complain("name",
                       is_taken ? "stands for something else in the log of commands: write another"
                                : "write letters, digits and . _ - only");
    }
}

HttpToken read_one(const TomlNode& node,
                   const AccountKinds& kinds,
                   const std::vector<HttpToken>& before,
                   ConfigurationFault& fault) {
    HttpToken token;
    TableReader table(node, "[[http.token]]", {"name", "sha256", "may", "accounts", "set"}, fault);
    read_name(table, token.name);
    table.set_where("[[http.token]] " + token.name);
    read_hash(table, token.sha256);
    if (table.require("may", "may = [\"spans\", \"check\"]") != nullptr) {
        read_rights(table, token.may);
    }
    read_accounts(table, kinds, token.accounts);
    read_set(table, fault, token.set);
    check_together(table, token);
    check_unlike(table, token, before);
    return token;
}

// A token may have any visible ASCII, so that a header can carry it. An empty one means that there
// is no token.
void read_single(TableReader& http, const TomlNode& token, std::string& out) {
    if (token.type != TomlNode::Type::kText || !is_token_text(token.text)) {
        http.complain_of_secret("token",
                                "write a text of letters, digits and signs of ASCII, without "
                                "spaces, or tables [[http.token]]");
        return;
    }
    out = token.text;
}

TlsSettings read_tls(const TomlNode& node, ConfigurationFault& fault) {
    TlsSettings tls;
    TableReader table(node, "[http.tls]", {"certificate", "key", "client_ca"}, fault);
    table.require("certificate", "certificate = \"/etc/spantoll/certificate.pem\"");
    table.require("key", "key = \"/etc/spantoll/key.pem\"");
    table.read_text("certificate", tls.certificate);
    table.read_text("key", tls.key);
    table.read_text("client_ca", tls.client_ca);
    return tls;
}

const std::vector<std::string_view> kHttpKeys{"token", "open_commands", "tls"};

bool is_list_of_tables(const TomlNode* node) {
    return node != nullptr && node->type == TomlNode::Type::kArray;
}

}  // namespace

HttpSettings read_http_settings(const TomlNode& node, ConfigurationFault& fault) {
    HttpSettings http;
    TableReader table(node, "[http]", kHttpKeys, fault);
    const TomlNode* token = table.find("token");
    if (token != nullptr && !is_list_of_tables(token)) {
        read_single(table, *token, http.token);
    }
    table.read_bool("open_commands", http.open_commands);
    if (const TomlNode* tls = table.table("tls")) {
        http.tls = read_tls(*tls, fault);
    }
    return http;
}

std::vector<HttpToken> read_http_tokens(const TomlNode& node,
                                        const AccountKinds& kinds,
                                        ConfigurationFault& fault) {
    std::vector<HttpToken> all;
    TableReader table(node, "[http]", kHttpKeys, fault);
    if (!is_list_of_tables(table.find("token"))) {
        return all;
    }
    const std::vector<const TomlNode*> nodes = table.tables("token");
    if (nodes.size() > kTokensMax) {
        table.complain("token", fmt::format("at most {} tokens can be told apart", kTokensMax));
        return all;
    }
    for (const TomlNode* one : nodes) {
        all.push_back(read_one(*one, kinds, all, fault));
    }
    return all;
}

}  // namespace spantoll::tools
