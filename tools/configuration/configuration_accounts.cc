#include <algorithm>
#include <set>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "ingest/naming.h"
#include "schemas/ancestors.h"
#include "schemas/text/suggestion.h"
#include "tools/configuration/configuration_sections.h"

namespace spantoll::tools {
namespace {

constexpr size_t kConfiguredKindsMax = kKindsMax - kBuiltInKindCount;

std::vector<std::string_view> dimension_names() {
    return {kDimensionNames.begin(), kDimensionNames.end()};
}

// The dimensions of one kind: at least one, each of them known and named only once.
std::vector<Dimension> read_dimensions(const TomlMember& member, ConfigurationFault& fault) {
    std::vector<Dimension> dimensions;
    const std::string where = fmt::format("[accounts] kinds: \"{}\"", member.key);
    if (member.value.type != TomlNode::Type::kArray || member.value.items.empty()) {
        fault.say(
            member.value.line,
            fmt::format("{}: write its dimensions, such as [\"domain\", \"activity\"]", where));
        return dimensions;
    }
    for (const TomlNode& item : member.value.items) {
        const std::optional<Dimension> dimension = item.type == TomlNode::Type::kText
                                                       ? parse_dimension(item.text)
                                                       : std::optional<Dimension>();
        if (!dimension) {
            fault.say(item.line,
                      fmt::format("{}: {} is not a dimension: {}",
                                  where,
                                  shown(item),
                                  suggestion(item.text, dimension_names())));
            return dimensions;
        }
        if (std::find(dimensions.begin(), dimensions.end(), *dimension) != dimensions.end()) {
            fault.say(item.line,
                      fmt::format("{}: \"{}\" stands twice: name it once", where, item.text));
            return dimensions;
        }
        dimensions.push_back(*dimension);
    }
    return dimensions;
}

std::vector<AccountKind> read_kinds(const TomlNode& table, ConfigurationFault& fault) {
    std::vector<AccountKind> kinds;
    const AccountKinds built_in;
    if (table.members.size() > kConfiguredKindsMax) {
        fault.say(table.line,
                  fmt::format("[accounts] kinds: {} are too many: name at most {}",
                              table.members.size(),
                              kConfiguredKindsMax));
        return kinds;
    }
    for (const TomlMember& member : table.members) {
        if (!is_given_name(member.key)) {
            fault.say(
                member.value.line,
                fmt::format("[accounts] kinds: {} is not a name: use letters, digits, '.', '_' "
                            "and '-', up to {}",
                            toml_quoted(member.key),
                            kGivenNameBytesMax));
        } else if (built_in.find(member.key) || member.key == kAllKinds) {
            fault.say(member.value.line,
                      fmt::format("[accounts] kinds: \"{}\" is built in: choose another name",
                                  member.key));
        }
        kinds.push_back({member.key, read_dimensions(member, fault)});
    }
    std::sort(kinds.begin(), kinds.end(), [](const AccountKind& a, const AccountKind& b) {
        return a.name < b.name;
    });
    return kinds;
}

// Reads the configured parents, and checks the walk to all ancestors that every span makes.
class ParentsReader {
  public:
    ParentsReader(const AccountKinds& kinds, ConfigurationFault& fault)
        : kinds_(kinds), fault_(fault) {}

    std::map<std::string, std::vector<std::string>> read(const TomlNode& table);

  private:
    void read_entry(const TomlMember& member);
    bool check_name(size_t line, std::string_view account);
    void check_ancestors(const TomlMember& member);
    // False after a fault. `path` leads from the entry to `account`.
    bool visit(const std::string& account, size_t line, std::vector<std::string>& path);

    const AccountKinds& kinds_;
    ConfigurationFault& fault_;
    std::map<std::string, std::vector<std::string>> parents_;
    std::set<std::string> ancestors_;  // of the entry being checked
};

bool ParentsReader::check_name(size_t line, std::string_view account) {
    const Result<KindIndex> kind = ingest::check_account(kinds_, account);
    if (!kind) {
        fault_.say(line, fmt::format("[accounts] parents: {}", kind.error().message));
    }
    return kind.has_value();
}

void ParentsReader::read_entry(const TomlMember& member) {
    check_name(member.value.line, member.key);
    std::vector<std::string>& parents = parents_[member.key];
    const bool is_list =
        member.value.type == TomlNode::Type::kArray && !member.value.items.empty() &&
        std::all_of(member.value.items.begin(), member.value.items.end(), [](const TomlNode& item) {
            return item.type == TomlNode::Type::kText;
        });
    if (!is_list) {
        fault_.say(member.value.line,
                   fmt::format("[accounts] parents: {}: write its parents as an array of accounts, "
                               "such as [\"team:search\"]",
                               toml_quoted(member.key)));
        return;
    }
    for (const TomlNode& item : member.value.items) {
        if (std::find(parents.begin(), parents.end(), item.text) != parents.end()) {
            fault_.say(item.line,
                       fmt::format("[accounts] parents: {}: {} stands twice: name it once",
                                   toml_quoted(member.key),
                                   shown(item)));
        }
        if (!check_name(item.line, item.text)) {
            return;
        }
        parents.push_back(item.text);
    }
}

bool ParentsReader::visit(const std::string& account, size_t line, std::vector<std::string>& path) {
    const auto entry = parents_.find(account);
    if (entry == parents_.end()) {
        return true;
    }
    path.push_back(account);
    for (const std::string& parent : entry->second) {
        if (std::find(path.begin(), path.end(), parent) != path.end()) {
            fault_.say(line,
                       fmt::format("[accounts] parents: a circle, {} -> {}: take one of them out",
                                   fmt::join(path, " -> "),
                                   parent));
            return false;
        }
        if (!ancestors_.insert(parent).second) {
            continue;
        }
        if (ancestors_.size() > kAncestorsMax) {
            fault_.say(
                line,
                fmt::format("[accounts] parents: {} has over {} accounts above it: take some "
                            "out",
                            toml_quoted(path.front()),
                            kAncestorsMax));
            return false;
        }
        if (!visit(parent, line, path)) {
            return false;
        }
    }
    path.pop_back();
    return true;
}

void ParentsReader::check_ancestors(const TomlMember& member) {
    ancestors_.clear();
    std::vector<std::string> path;
    visit(member.key, member.value.line, path);
}

std::map<std::string, std::vector<std::string>> ParentsReader::read(const TomlNode& table) {
    if (table.members.size() > kParentEntriesMax) {
        fault_.say(table.line,
                   fmt::format("[accounts] parents: {} are too many: name at most {}",
                               table.members.size(),
                               kParentEntriesMax));
        return {};
    }
    for (const TomlMember& member : table.members) {
        read_entry(member);
        if (fault_.is_found()) {
            return {};
        }
    }
    for (const TomlMember& member : table.members) {
        check_ancestors(member);
        if (fault_.is_found()) {
            return {};
        }
    }
    return std::move(parents_);
}

void check_short_lived(size_t line,
                       const AccountKinds& kinds,
                       const std::vector<std::string>& names,
                       ConfigurationFault& fault) {
    std::vector<std::string_view> known;
    for (const AccountKind& kind : kinds.all()) {
        known.push_back(kind.name);
    }
    for (const std::string& name : names) {
        if (!kinds.find(name)) {
            fault.say(line,
                      fmt::format("[accounts] short_lived: {} is not a kind: {}",
                                  toml_quoted(name),
                                  suggestion(name, known)));
        }
    }
}

}  // namespace

bool is_given_name(std::string_view name) {
    return !name.empty() && name.size() <= kGivenNameBytesMax &&
           std::all_of(name.begin(), name.end(), [](char c) {
               return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                      c == '.' || c == '_' || c == '-';
           });
}

AccountSettings read_account_settings(const TomlNode& node, ConfigurationFault& fault) {
    AccountSettings accounts;
    TableReader table(
        node,
        "[accounts]",
        {"max_per_kind", "accept_credits", "split_model", "short_lived", "kinds", "parents"},
        fault);
    table.read_integer("max_per_kind", accounts.max_per_kind, {1, kMaxPerKindMax});
    table.read_bool("accept_credits", accounts.accept_credits);
    table.read_bool("split_model", accounts.split_model);
    table.read_texts("short_lived", accounts.short_lived);
    if (const TomlNode* kinds = table.table("kinds")) {
        accounts.kinds = read_kinds(*kinds, fault);
    }
    if (fault.is_found()) {
        return accounts;
    }
    const AccountKinds kinds(accounts.kinds);
    if (const TomlNode* names = table.find("short_lived")) {
        check_short_lived(names->line, kinds, accounts.short_lived, fault);
    }
    if (const TomlNode* parents = table.table("parents")) {
        accounts.parents = ParentsReader(kinds, fault).read(*parents);
    }
    return accounts;
}

}  // namespace spantoll::tools
