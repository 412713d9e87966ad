#include <fmt/format.h>

#include "ingest/amend.h"
#include "tools/configuration/configuration.h"
#include "tools/configuration/configuration_printer.h"
#include "tools/configuration/configuration_sections.h"
#include "tools/configuration/configuration_toml.h"
#include "tools/configuration/token.h"

namespace spantoll::tools {
namespace {

// Properties of librdkafka that must not appear in a bug report.
bool is_secret(std::string_view property) {
    for (const std::string_view part :
         {"password", "secret", "key.pem", "sasl.oauthbearer.config"}) {
        if (property.find(part) != std::string_view::npos) {
            return true;
        }
    }
    return false;
}

void print_top(Printer& out, const Settings& settings) {
    out.say("spantoll: every setting, its value and what it means (docs/configuration.md).");
    out.set(
        "data", toml_quoted(settings.data), "The data directory; one process at a time has it.");
    out.set("listen",
            toml_quoted(settings.listen),
            "Where HTTP listens: an IP address (or localhost) and a port; 0 = any free one.");
}

void print_input(Printer& out, const Settings& settings) {
    out.set("format",
            toml_quoted(to_text(settings.format)),
            "Format of records: auto (told by content type or bytes), flatbuffers, json.");
    std::vector<std::string> periods;
    periods.reserve(settings.periods.size());
    for (const WindowKind kind : settings.periods) {
        periods.push_back(to_text(WindowSpec{kind, 0}));
    }
    out.set("periods",
            toml_array(periods),
            "Calendar periods with rows: any of hour day week month quarter year; month always.");
}

void print_may_lag(Printer& out, uint64_t may_lag) {
    out.set_number("may_lag",
                   may_lag,
                   "0: it gets every decision, and reading waits for it. Else it may be this many "
                   "behind before it loses the oldest.");
}

void print_kafka(Printer& out, const KafkaSettings& kafka) {
    if (!kafka.is_configured) {
        out.say("");
        out.say("No [kafka] table: spans come from the embedded topic, filled by POST /v1/spans.");
        return;
    }
    out.table("[kafka]");
    if (!kafka.brokers.empty()) {
        out.set("brokers", toml_quoted(kafka.brokers), "Bootstrap brokers, host:port, by commas.");
    }
    if (!kafka.topics.empty()) {
        out.set("topics", toml_array(kafka.topics), "Topics that hold spans.");
    }
    out.set("decisions", toml_quoted(kafka.decisions), "The topic that decisions go to.");
    out.set(
        "dead_letters", toml_quoted(kafka.dead_letters), "The topic that refused records go to.");
    out.set(
        "group",
        toml_quoted(kafka.group),
        "The group under which positions are shown, for lag tools; the store has the true ones.");
    print_may_lag(out, kafka.may_lag);
    std::string properties;
    for (const auto& [name, value] : kafka.properties) {
        if (is_secret(name)) {
            out.say(fmt::format("{} is set and not shown here: copy it from your file.", name));
            continue;
        }
        properties += fmt::format(
            "{}{} = {}", properties.empty() ? " " : ", ", toml_quoted(name), toml_quoted(value));
    }
    out.set("properties",
            properties.empty() ? "{}" : "{" + properties + " }",
            "Any librdkafka property.");
}

void print_time(Printer& out, const TimeSettings& time) {
    out.table("[time]");
    out.set("lateness",
            toml_duration(time.lateness_ms),
            "How far the watermark stays behind the newest span of a partition.");
    out.set("idle_after",
            time.idle_after_ms == kIdleOff ? "\"off\"" : toml_duration(time.idle_after_ms),
            "A partition read to its end and silent this long holds nothing back; \"off\": only "
            "spans move time.");
    out.set("future",
            toml_quoted(name_of(time.future)),
            "A span too far ahead of its record's append time: clamp charges it at that time, "
            "refuse refuses it, as it always is without an append time.");
    out.set("future_tolerance",
            toml_duration(time.future_tolerance_ms),
            "How far ahead a span may be.");
    out.set("dedup_horizon",
            toml_duration(time.dedup_horizon_ms),
            "How long, in event time, the identity of a span is remembered.");
    out.set_number("dedup_ids", time.dedup_ids, "At most this many identities are remembered.");
    out.set("max_skew",
            toml_duration(time.max_skew_ms),
            "A partition further ahead of the watermark is not read until it follows.");
    out.set(
        "oldest", toml_duration(time.oldest_ms), "A span further behind the watermark is refused.");
    out.set("zone",
            toml_quoted(time.zone.name()),
            "Whose days and months periods are; limits may name another. Fixed with the store.");
}

void print_retention(Printer& out, const RetentionSettings& retention) {
    out.table("[retention]");
    out.set(
        "hour", toml_duration(retention.hour_ms), "How long rows stay after their period ended.");
    out.set("day", toml_duration(retention.day_ms));
    out.set("week", toml_duration(retention.week_ms));
    out.set("month", toml_duration(retention.month_ms));
    out.set("quarter", toml_duration(retention.quarter_ms));
    out.set("year", toml_duration(retention.year_ms));
    out.set("decisions",
            toml_duration(retention.decisions_ms),
            "How long decisions stay readable, and an account's level after its last one.");
    out.set("commands",
            toml_duration(retention.commands_ms),
            "How long the rows of commands stay, the audit of what was changed and by whom.");
    out.set_number("dead_letters_mb",
                   retention.dead_letters_mb,
                   "Dead letters kept in the store, in MiB; the oldest go first.");
    out.set("topic",
            toml_duration(retention.topic_ms),
            "How long the embedded topic keeps consumed records.");
    out.set_number("topic_mb", retention.topic_mb, "The embedded topic's size, in MiB.");
}

void print_check(Printer& out, const CheckSettings& check) {
    out.table("[check]");
    out.set("max_lag",
            toml_duration(check.max_lag_ms),
            "Numbers that are further behind are stale; see on_lag of a limit.");
    out.set("unknown_keys",
            toml_quoted(name_of(check.unknown_keys)),
            "What a check says of a virtual key that is none of [[key]]: allow or refuse.");
    out.set("unpriced",
            toml_quoted(name_of(check.unpriced)),
            "Whether limits on usd refuse what has no price: \"refuse\", as anything else.");
}

void print_accounts(Printer& out, const AccountSettings& accounts) {
    out.table("[accounts]");
    out.set_number("max_per_kind",
                   accounts.max_per_kind,
                   "Accounts of one kind in memory; further names are charged to kind:~other.");
    out.set("accept_credits",
            toml_bool(accounts.accept_credits),
            "Refunds (is_credit) may lower a total; else they are refused.");
    out.set("split_model",
            toml_bool(accounts.split_model),
            "A model with its provider in front, openai/gpt-4o, is gpt-4o of openai.");
    out.set("short_lived",
            toml_array(accounts.short_lived),
            "Kinds whose accounts leave memory soon, besides session, end_user and those made of "
            "them.");
    out.say("Kinds of accounts besides those built in, by the dimensions a span must carry.");
    out.table("[accounts.kinds]");
    for (const AccountKind& kind : accounts.kinds) {
        std::vector<std::string> names;
        names.reserve(kind.dimensions.size());
        for (const Dimension dimension : kind.dimensions) {
            names.emplace_back(name_of(dimension));
        }
        out.set(toml_quoted(kind.name), toml_array(names));
    }
    out.table("[accounts.parents]");
    out.say("Who is charged as well, and so on upward: \"virtual_key:vk1\" = [\"team:search\"].");
    for (const auto& [account, parents] : accounts.parents) {
        out.set(toml_quoted(account), toml_array(parents));
    }
}

void print_prices(Printer& out, const std::vector<Price>& prices) {
    out.say("");
    out.say("[[price]]: what `per` units of a meter cost, in USD, where every named text matches;");
    out.say("for each meter the price that names most wins, of equals the later one.");
    for (const Price& price : prices) {
        out.table("[[price]]");
        for (size_t i = 0; i < kDimensionCount; ++i) {
            if (const std::optional<std::string>& text = price.match[i]) {
                out.set(kDimensionNames[i], toml_quoted(*text));
            }
        }
        out.set("meter", toml_quoted(price.meter));
        out.set("usd", toml_quoted(to_usd_text(price.usd)));
        out.set("per", fmt::format("{}", price.per));
    }
}

void print_token(Printer& out, const HttpToken& token) {
    out.table("[[http.token]]");
    out.set("name", toml_quoted(token.name));
    out.set("sha256", toml_quoted(to_text(token.sha256)), "Of its secret, which is nowhere here.");
    std::vector<std::string> rights;
    for (size_t i = 0; i < kRightCount; ++i) {
        if (token.may.has(static_cast<Right>(i))) {
            rights.emplace_back(kRightNames[i]);
        }
    }
    out.set("may", toml_array(rights));
    if (!token.accounts.empty()) {
        out.set("accounts",
                toml_array(token.accounts),
                "It sees and checks these and what is below them.");
    }
    std::string set;
    for (const auto& [dimension, value] : token.set) {
        set += fmt::format(
            "{}{} = {}", set.empty() ? " " : ", ", name_of(dimension), toml_quoted(value));
    }
    if (!set.empty()) {
        out.set("set", "{" + set + " }", "Spans posted with it have these, whatever they say.");
    }
}

void print_http(Printer& out, const HttpSettings& http) {
    out.table("[http]");
    out.say("Bearer token for everything but health; needed unless listen is loopback.");
    if (!http.tokens.empty()) {
        out.say("There are tables [[http.token]], below.");
    } else if (http.token.empty()) {
        out.set("token", toml_quoted(http.token));
    } else {
        out.say("token is set and not shown here: copy it from your file.");
    }
    out.set("open_commands",
            toml_bool(http.open_commands),
            "true: whoever reaches the loopback address may change limits without a token.");
    if (http.tls.is_on()) {
        out.table("[http.tls]");
        out.set(
            "certificate", toml_quoted(http.tls.certificate), "The server's own, then its chain.");
        out.set("key", toml_quoted(http.tls.key));
    }
    if (!http.tls.client_ca.empty()) {
        out.set("client_ca", toml_quoted(http.tls.client_ca), "Who signs clients' certificates.");
    }
    for (const HttpToken& token : http.tokens) {
        print_token(out, token);
    }
}

void print_outputs_and_time(Printer& out, const Settings& settings) {
    out.table("[stdout]");
    print_may_lag(out, settings.standard_output.may_lag);
    print_time(out, settings.time);
    print_retention(out, settings.retention);
    out.table("[policy]");
    out.set("from",
            settings.policy_from == PolicySource::kApi ? "\"api\"" : "\"file\"",
            "file: this file, at each start and at SIGHUP. api: POST /v1/config; the file only "
            "begins a fresh store.");
}

void print_rules(Printer& out, const Settings& settings) {
    print_check(out, settings.check);
    print_accounts(out, settings.accounts);
    print_prices(
        out,
        settings.accounts.split_model ? ingest::joined_models(settings.prices) : settings.prices);
    out.say("");
    out.say("[[limit]]: which accounts may use how much of a meter over which window.");
    for (const Limit& limit : settings.limits) {
        print_limit(out, limit);
    }
    out.say("");
    out.say("[[key]]: virtual keys, the values in spans that mean them, and who is above them.");
    for (const VirtualKey& key : settings.keys) {
        print_key(out, key);
    }
}

}  // namespace

std::string toml_array(const std::vector<std::string>& texts) {
    std::string out;
    for (const std::string& text : texts) {
        out += (out.empty() ? "" : ", ") + toml_quoted(text);
    }
    return "[" + out + "]";
}

std::string print_configuration(const Settings& settings) {
    Printer out;
    print_top(out, settings);
    print_input(out, settings);
    print_kafka(out, settings.kafka);
    print_outputs_and_time(out, settings);
    print_http(out, settings.http);
    print_rules(out, settings);
    return out.take();
}

std::string print_policy(const Settings& settings) {
    Printer out;
    print_input(out, settings);
    print_outputs_and_time(out, settings);
    print_rules(out, settings);
    return out.take();
}

}  // namespace spantoll::tools
