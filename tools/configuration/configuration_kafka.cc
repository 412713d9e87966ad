#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

#include "enforce/kafka/producer.h"
#include "ingest/kafka/client.h"
#include "tools/configuration/configuration_sections.h"

namespace spantoll::tools {
namespace {

constexpr size_t kTopicsMax = 1'000;
constexpr size_t kTopicNameBytesMax = 249;  // Kafka's own bound

// Properties with a key of their own in [kafka].
constexpr std::array<std::pair<std::string_view, std::string_view>, 3> kOwnKeys{
    {{"bootstrap.servers", "brokers"}, {"metadata.broker.list", "brokers"}, {"group.id", "group"}}};

bool is_topic_name(std::string_view name) {
    return !name.empty() && name.size() <= kTopicNameBytesMax && name != "." && name != ".." &&
           std::all_of(name.begin(), name.end(), [](char c) {
               return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                      c == '.' || c == '_' || c == '-';
           });
}

constexpr std::string_view kTopicForm = "a topic is named by letters, digits, '.', '_' and '-'";

// What is wrong with a property, without the prefix that the client puts before it. Both kinds of
// client get every property.
Result<void> check_property(const std::string& name, const std::string& value) {
    if (value.find('\0') != std::string::npos) {
        return failure(ErrorKind::kConfig, fmt::format("{} holds a zero byte", name));
    }
    Result<void> checked = ingest::check_consumer_property(name, value).and_then([&] {
        return enforce::check_producer_property(name, value);
    });
    if (checked) {
        return checked;
    }
    std::string_view what = checked.error().message;
    for (const std::string_view prefix : {"kafka.properties: ", "kafka: "}) {
        if (what.starts_with(prefix)) {
            what.remove_prefix(prefix.size());
        }
    }
    return failure(ErrorKind::kConfig, std::string(what));
}

void read_property(const std::string& name,
                   const TomlNode& value,
                   std::map<std::string, std::string>& out,
                   ConfigurationFault& fault) {
    const auto complain = [&](std::string_view what) {
        fault.say(value.line, fmt::format("[kafka] properties: {}", what));
    };
    for (const auto& [property, key] : kOwnKeys) {
        if (property == name) {
            complain(fmt::format("write {} as {}", name, key));
        }
    }
    if (value.type == TomlNode::Type::kArray || value.type == TomlNode::Type::kTime) {
        complain(fmt::format("{} = {}: write a text", name, shown(value)));
    }
    const std::string text = value.type == TomlNode::Type::kText ? value.text : shown(value);
    if (const Result<void> checked = check_property(name, text); !checked) {
        complain(checked.error().message);
    }
    if (!out.emplace(name, text).second) {
        complain(fmt::format("{} stands twice", name));
    }
}

// To TOML `fetch.min.bytes = 1` is a table in a table; to the user it is one property.
void read_properties(const TomlNode& table,
                     const std::string& prefix,
                     std::map<std::string, std::string>& out,
                     ConfigurationFault& fault) {
    for (const TomlMember& member : table.members) {
        const std::string name = prefix + member.key;
        if (member.value.type == TomlNode::Type::kTable) {
            read_properties(member.value, name + ".", out, fault);
        } else {
            read_property(name, member.value, out, fault);
        }
    }
}

}  // namespace

KafkaSettings read_kafka_settings(const TomlNode& node, ConfigurationFault& fault) {
    KafkaSettings kafka;
    kafka.is_configured = true;
    TableReader table(
        node,
        "[kafka]",
        {"brokers", "topics", "decisions", "dead_letters", "group", "may_lag", "properties"},
        fault);
    table.read_text("brokers", kafka.brokers);
    table.read_texts("topics", kafka.topics);
    table.read_text("decisions", kafka.decisions);
    table.read_text("dead_letters", kafka.dead_letters);
    table.read_text("group", kafka.group);
    table.read_integer("may_lag", kafka.may_lag, kMayLag);
    if (table.find("topics") != nullptr &&
        (kafka.topics.empty() || kafka.topics.size() > kTopicsMax ||
         !std::all_of(kafka.topics.begin(), kafka.topics.end(), is_topic_name))) {
        table.complain("topics", fmt::format("name 1 to {} topics; {}", kTopicsMax, kTopicForm));
    }
    for (const auto& [key, topic] :
         {std::pair<std::string_view, const std::string&>{"decisions", kafka.decisions},
          std::pair<std::string_view, const std::string&>{"dead_letters", kafka.dead_letters}}) {
        if (!is_topic_name(topic)) {
            table.complain(key, kTopicForm);
        } else if (std::find(kafka.topics.begin(), kafka.topics.end(), topic) !=
                   kafka.topics.end()) {
            table.complain(key, "is one of `topics` as well: name a topic of its own");
        }
    }
    if (const TomlNode* properties = table.table("properties")) {
        read_properties(*properties, "", kafka.properties, fault);
    }
    return kafka;
}

}  // namespace spantoll::tools
