#include "tools/configuration/configuration.h"

#include <algorithm>

#include <fmt/format.h>

#include "enforce/kafka/producer.h"
#include "ingest/amend.h"
#include "ingest/kafka/client.h"
#include "schemas/text/suggestion.h"
#include "tools/configuration/configuration_sections.h"
#include "tools/configuration/configuration_table.h"
#include "tools/configuration/listen_address.h"

namespace spantoll::tools {
namespace {

// Bounds for the values that an operator may set. With a day of lateness every pane and level is a
// day late; no row lives for a hundred years.
constexpr ValueRange kShortMs{0, kDayMs};
constexpr ValueRange kDedupHorizonMs{0, 35 * kDayMs};
constexpr ValueRange kOldestMs{kMinuteMs, 3650 * kDayMs};
constexpr ValueRange kRetentionMs{0, 36'500 * kDayMs};
// 12 bytes each, so at most 12 GB.
constexpr ValueRange kDedupIds{1, 1'000'000'000};
constexpr ValueRange kMegabytes{1, 100'000'000};
// With less than a second a processor that commits once a second would be called stale.
constexpr ValueRange kMaxLagMs{1000, 366 * kDayMs};

TimeSettings read_time(const TomlNode& node, ConfigurationFault& fault) {
    TimeSettings time;
    TableReader table(node,
                      "[time]",
                      {"lateness",
                       "idle_after",
                       "future",
                       "future_tolerance",
                       "dedup_horizon",
                       "dedup_ids",
                       "max_skew",
                       "oldest",
                       "zone"},
                      fault);
    table.read_duration("lateness", time.lateness_ms, kShortMs);
    const TomlNode* idle = table.find("idle_after");
    if (idle != nullptr && idle->type == TomlNode::Type::kText && idle->text == "off") {
        time.idle_after_ms = kIdleOff;
    } else {
        table.read_duration("idle_after", time.idle_after_ms, kShortMs);
    }
    if (const std::optional<size_t> rule =
            table.read_choice("future", {kFutureRuleNames.begin(), kFutureRuleNames.end()})) {
        time.future = static_cast<FutureRule>(*rule);
    }
    table.read_duration("future_tolerance", time.future_tolerance_ms, kShortMs);
    table.read_duration("dedup_horizon", time.dedup_horizon_ms, kDedupHorizonMs);
    table.read_integer("dedup_ids", time.dedup_ids, kDedupIds);
    table.read_duration("max_skew", time.max_skew_ms, kShortMs);
    table.read_duration("oldest", time.oldest_ms, kOldestMs);
    read_zone(table, time.zone);
    return time;
}

RetentionSettings read_retention(const TomlNode& node, ConfigurationFault& fault) {
    RetentionSettings retention;
    TableReader table(node,
                      "[retention]",
                      {"hour",
                       "day",
                       "week",
                       "month",
                       "quarter",
                       "year",
                       "decisions",
                       "commands",
                       "dead_letters_mb",
                       "topic",
                       "topic_mb"},
                      fault);
    table.read_duration("hour", retention.hour_ms, kRetentionMs);
    table.read_duration("day", retention.day_ms, kRetentionMs);
    table.read_duration("week", retention.week_ms, kRetentionMs);
    table.read_duration("month", retention.month_ms, kRetentionMs);
    retention.quarter_ms = retention.month_ms;
    retention.year_ms = retention.month_ms;
    table.read_duration("quarter", retention.quarter_ms, kRetentionMs);
    table.read_duration("year", retention.year_ms, kRetentionMs);
    table.read_duration("decisions", retention.decisions_ms, kRetentionMs);
    table.read_duration("commands", retention.commands_ms, kRetentionMs);
    table.read_integer("dead_letters_mb", retention.dead_letters_mb, kMegabytes);
    table.read_duration("topic", retention.topic_ms, kRetentionMs);
    table.read_integer("topic_mb", retention.topic_mb, kMegabytes);
    return retention;
}

void read_periods(TableReader& top, std::vector<WindowKind>& out) {
    std::vector<std::string> names;
    top.read_texts("periods", names);
    if (top.find("periods") == nullptr) {
        return;
    }
    out.clear();
    for (const std::string& name : names) {
        const std::optional<WindowKind> kind = parse_period_name(name);
        if (!kind) {
            top.complain(
                "periods",
                fmt::format("\"{}\" is not a period: {}",
                            name,
                            suggestion(name, {"hour", "day", "week", "month", "quarter", "year"})));
            return;
        }
        out.push_back(*kind);
    }
    std::sort(out.begin(), out.end());
    if (std::find(out.begin(), out.end(), WindowKind::kMonth) == out.end()) {
        top.complain("periods", "month cannot be left out: add \"month\"");
    }
}

// OTLP would refuse every record: it is better to say so at the start than in a million dead
// letters.
void read_format(TableReader& top, Format& out) {
    const TomlNode* node = top.find("format");
    if (node != nullptr && node->type == TomlNode::Type::kText && node->text == "otlp") {
        top.complain("format", "OTLP is not read yet: write \"auto\", \"flatbuffers\" or \"json\"");
        return;
    }
    const std::vector<Format> formats{Format::kAuto, Format::kFlatBuffers, Format::kJson};
    std::vector<std::string_view> names;
    for (const Format format : formats) {
        names.push_back(to_text(format));
    }
    if (const std::optional<size_t> choice = top.read_choice("format", names)) {
        out = formats[*choice];
    }
}

void read_top(TableReader& top, Settings& settings) {
    top.read_text("data", settings.data);
    top.read_text("listen", settings.listen);
    if (const auto address = parse_listen_address(settings.listen); !address) {
        top.complain("listen",
                     "write an IP address (or localhost) and a port, such as \"127.0.0.1:8620\"");
    }
    read_format(top, settings.format);
    read_periods(top, settings.periods);
}

PolicySource read_policy_source(const TomlNode& node, ConfigurationFault& fault) {
    TableReader table(node, "[policy]", {"from"}, fault);
    const std::optional<size_t> choice = table.read_choice("from", {"file", "api"});
    return choice == 1U ? PolicySource::kApi : PolicySource::kFile;
}

CheckSettings read_check(const TomlNode& node, ConfigurationFault& fault) {
    CheckSettings check;
    TableReader table(node, "[check]", {"max_lag", "unknown_keys", "unpriced"}, fault);
    table.read_duration("max_lag", check.max_lag_ms, kMaxLagMs);
    for (const auto& [name, value] :
         {std::pair{"unknown_keys", &check.unknown_keys}, std::pair{"unpriced", &check.unpriced}}) {
        if (const std::optional<size_t> choice =
                table.read_choice(name, {kUnsureNames.begin(), kUnsureNames.end()})) {
            *value = static_cast<Unsure>(*choice);
        }
    }
    return check;
}

}  // namespace

Settings read_settings(const TomlNode& root,
                       ConfigurationFault& fault,
                       const TimeSettings& unsaid) {
    Settings settings;
    TableReader top(root,
                    "",
                    {"data",
                     "listen",
                     "format",
                     "periods",
                     "kafka",
                     "stdout",
                     "time",
                     "retention",
                     "http",
                     "policy",
                     "check",
                     "accounts",
                     "price",
                     "limit",
                     "key"},
                    fault);
    read_top(top, settings);
    if (const TomlNode* kafka = top.table("kafka")) {
        settings.kafka = read_kafka_settings(*kafka, fault);
    }
    if (const TomlNode* output = top.table("stdout")) {
        TableReader table(*output, "[stdout]", {"may_lag"}, fault);
        table.read_integer("may_lag", settings.standard_output.may_lag, kMayLag);
    }
    if (const TomlNode* time = top.table("time")) {
        settings.time = read_time(*time, fault);
    } else {
        settings.time = unsaid;
    }
    if (const TomlNode* retention = top.table("retention")) {
        settings.retention = read_retention(*retention, fault);
    }
    const TomlNode* http = top.table("http");
    if (http != nullptr) {
        settings.http = read_http_settings(*http, fault);
    }
    if (const TomlNode* policy = top.table("policy")) {
        settings.policy_from = read_policy_source(*policy, fault);
    }
    if (const TomlNode* check = top.table("check")) {
        settings.check = read_check(*check, fault);
    }
    const size_t faults_before = fault.messages().size();
    if (const TomlNode* accounts = top.table("accounts")) {
        settings.accounts = read_account_settings(*accounts, fault);
    }
    // Kinds beyond their bound would end the program.
    const bool are_kinds_known =
        fault.messages().size() == faults_before && faults_before < kFaultsMax;
    settings.prices = read_prices(top.tables("price"), fault);
    if (settings.accounts.split_model) {
        ingest::split_models(settings.prices);  // as spans' models are
    }
    if (are_kinds_known) {
        const AccountKinds kinds(settings.accounts.kinds);
        settings.limits = read_limits(top.tables("limit"), {&kinds, settings.time.zone}, fault);
        if (http != nullptr) {
            settings.http.tokens = read_http_tokens(*http, kinds, fault);
        }
        settings.keys = read_keys(top.tables("key"), settings, fault);
    }
    return settings;
}

namespace {

Result<Settings> checked_settings(const Result<TomlNode>& root, const std::string& name) {
    if (!root) {
        return tl::make_unexpected(root.error());
    }
    ConfigurationFault fault(name);
    Settings settings = read_settings(*root, fault);
    if (fault.is_found()) {
        return tl::make_unexpected(fault.error());
    }
    return settings;
}

// Finds properties that librdkafka refuses only in combination, such as a mechanism without a user.
// A client without brokers does not connect to anything.
Result<void> check_kafka(const KafkaSettings& kafka) {
    KafkaSettings alone = kafka;
    alone.brokers.clear();
    ingest::KafkaReports reports;
    reports.is_quiet = true;
    enforce::KafkaProducerEvents events;
    if (const auto consumer = ingest::make_consumer(alone, {}, reports); !consumer) {
        return tl::make_unexpected(consumer.error());
    }
    const auto producer = enforce::make_producer(alone, events);
    return producer ? Result<void>() : Result<void>(tl::make_unexpected(producer.error()));
}

}  // namespace

Result<Settings> read_configuration(const std::string& path) {
    return checked_settings(read_toml(path), path);
}

bool says_nothing(const std::string& path) {
    const Result<TomlNode> root = read_toml(path);
    return root && root->members.empty();
}

Result<Settings> parse_configuration(std::string_view text, const std::string& name) {
    return checked_settings(parse_toml(text, name), name);
}

Result<void> check_for_run(const Settings& settings) {
    const Result<ListenAddress> listen = parse_listen_address(settings.listen);
    if (!listen) {
        return tl::make_unexpected(listen.error());
    }
    if (!listen->is_loopback && !settings.http.needs_token()) {
        return failure(
            ErrorKind::kConfig,
            fmt::format("listen = \"{}\" is open to others and there is no token: set "
                        "token in [http], or tables [[http.token]], or listen on \"127.0.0.1:{}\"",
                        settings.listen,
                        listen->port));
    }
    const KafkaSettings& kafka = settings.kafka;
    if (kafka.is_configured && kafka.brokers.empty()) {
        return failure(
            ErrorKind::kConfig,
            "[kafka] has no brokers: set brokers = \"host:9092\", or leave the table out "
            "for the embedded topic");
    }
    if (!kafka.brokers.empty() && kafka.topics.empty()) {
        return failure(ErrorKind::kConfig,
                       "[kafka] has no topics: set topics = [\"spans\"], or give --topic");
    }
    return kafka.properties.empty() ? Result<void>() : check_kafka(kafka);
}

}  // namespace spantoll::tools
