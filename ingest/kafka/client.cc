#include "ingest/kafka/client.h"

#include <array>
#include <chrono>
#include <future>
#include <memory>
#include <spdlog/spdlog.h>
#include <string_view>
#include <thread>
#include <utility>

#include <fmt/format.h>

#include "schemas/check.h"

namespace spantoll::ingest {
namespace {

constexpr const char* kDebug = "topic";

constexpr auto kTuning = std::to_array<KafkaProperty>({
    {"client.id", "spantoll"},
    // A fetch is answered as soon as there is one byte, so that a span does not wait for others ...
    {"fetch.min.bytes", "1"},
    // ... and repeated this often while there is none: ten small requests a second when idle. A
    // partition that was left out of a waiting fetch waits no longer than this.
    {"fetch.wait.max.ms", "100"},
    // The default of half a second would be most of the delay after a leader moves.
    {"fetch.error.backoff.ms", "50"},
    // A broker that restarts is found again within a second.
    {"reconnect.backoff.ms", "50"},
    {"reconnect.backoff.max.ms", "1000"},
    // A broker that hangs is noticed well before `idle_after` (30 s) could call its partitions
    // idle.
    {"socket.timeout.ms", "10000"},
    // Small requests go out at once.
    {"socket.nagle.disable", "true"},
    // The topics are watched by ingest/kafka/watch.h; this is for librdkafka's own routing.
    {"topic.metadata.refresh.interval.ms", "30000"},
    // Nobody reads the statistics of librdkafka, and they cost time to build.
    {"statistics.interval.ms", "0"},
    // Needed to notice a topic that its broker does not know, see UnknownTopics. Logs a few lines
    // for each answer about a topic.
    {"debug", kDebug},
    // Brokers close idle connections, which is not worth a log line.
    {"log.connection.close", "false"},
});

// With any other value one of these would break a promise, so a user may not set them.
constexpr auto kOurs = std::to_array<KafkaProperty>({
    // Positions come from the store alone, and only the store records what has been read.
    {"enable.auto.commit", "false"},
    {"enable.auto.offset.store", "false"},
    // A position that the log does not hold needs a decision by a person; never jump.
    {"auto.offset.reset", "error"},
    // The only way to learn that a partition ends in something that is not a record.
    {"enable.partition.eof", "true"},
    // A flipped bit would be charged to somebody.
    {"check.crcs", "true"},
    // Records of an aborted transaction do not count.
    {"isolation.level", "read_committed"},
    // A mistyped topic is an error, not a new topic.
    {"allow.auto.create.topics", "false"},
});

// Properties that have a key of their own in the configuration file.
constexpr auto kElsewhere = std::to_array<KafkaProperty>({
    {"bootstrap.servers", "brokers"},
    {"metadata.broker.list", "brokers"},
    {"group.id", "group"},
});

Result<void> set_property(rd_kafka_conf_t& configuration,
                          const std::string& name,
                          const std::string& value) {
    std::array<char, 512> why{};
    if (rd_kafka_conf_set(&configuration, name.c_str(), value.c_str(), why.data(), why.size()) !=
        RD_KAFKA_CONF_OK) {
        return failure(ErrorKind::kConfig, fmt::format("kafka: {}", why.data()));
    }
    return {};
}

Result<void> check_is_users(std::string_view name) {
    for (const KafkaProperty& property : kOurs) {
        if (name == property.name) {
            return failure(
                ErrorKind::kConfig,
                fmt::format(
                    "kafka.properties: {} is always {} here, leave it out", name, property.value));
        }
    }
    for (const KafkaProperty& property : kElsewhere) {
        if (name == property.name) {
            return failure(
                ErrorKind::kConfig,
                fmt::format("kafka.properties: say {} as kafka.{}", name, property.value));
        }
    }
    return {};
}

Result<void> set_properties(rd_kafka_conf_t& configuration,
                            const KafkaSettings& settings,
                            std::span<const KafkaProperty> own) {
    for (const auto properties : {std::span<const KafkaProperty>(kTuning), own}) {
        for (const KafkaProperty& property : properties) {
            if (auto set = set_property(configuration, property.name, property.value); !set) {
                return set;
            }
        }
    }
    for (const auto& [name, value] : settings.properties) {
        if (auto allowed = check_is_users(name); !allowed) {
            return allowed;
        }
        const std::string with_ours = name == "debug" ? value + "," + kDebug : value;
        if (auto set = set_property(configuration, name, with_ours); !set) {
            return set;
        }
    }
    for (const KafkaProperty& property : kOurs) {
        if (auto set = set_property(configuration, property.name, property.value); !set) {
            return set;
        }
    }
    if (auto set = set_property(configuration, "bootstrap.servers", settings.brokers); !set) {
        return set;
    }
    return set_property(configuration, "group.id", settings.group);
}

// The state of the callbacks. The reports may be gone while the client is still ending on a thread
// of its own; then only its log is written.
struct Callbacks {
    explicit Callbacks(KafkaReports& used) : reports(used) {}
    KafkaReports& reports;
    UnknownTopics unknown_topics;
};

void on_error(rd_kafka_t* client, int code, const char* reason, void* opaque) {
    auto& reports = static_cast<Callbacks*>(opaque)->reports;
    if (code == RD_KAFKA_RESP_ERR__FATAL) {
        std::array<char, 512> why{};
        rd_kafka_fatal_error(client, why.data(), why.size());
        reports.fatal_error = why.data();
        return;
    }
    if (code == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN) {
        if (!reports.are_all_brokers_down && !reports.is_quiet) {
            spdlog::warn("kafka: no broker can be reached: {}",
                         reports.last_error.empty() ? reason : reports.last_error);
        }
        reports.are_all_brokers_down = true;
    } else {
        reports.last_error = reason;
    }
    reports.is_in_doubt = true;
}

// Called from threads of librdkafka, with the levels of syslog. Some lines are only logged at debug
// level: failed connections (FAIL, ERROR), which on_error reports once; the producer's request for
// its id (GETPID), which is tried again; and properties of the other kind of client (CONFWARN),
// which are correct because both kinds get all of the user's properties.
void on_log(const rd_kafka_t* client, int level, const char* facility, const char* text) {
    if (std::string topic = unknown_topic_of(facility, text); !topic.empty()) {
        unknown_topics_of(*client).add(std::move(topic));
    }
    constexpr int kSyslogError = 3;
    constexpr int kSyslogWarning = 4;
    constexpr int kSyslogInfo = 6;
    const bool is_known =
        facility == std::string_view("FAIL") || facility == std::string_view("ERROR") ||
        facility == std::string_view("GETPID") || facility == std::string_view("CONFWARN");
    const auto as = is_known || level >= kSyslogInfo ? spdlog::level::debug
                    : level <= kSyslogError          ? spdlog::level::err
                    : level == kSyslogWarning        ? spdlog::level::warn
                                                     : spdlog::level::info;
    spdlog::log(as, "kafka: {}: {}", facility, text);
}

}  // namespace

void UnknownTopics::add(std::string topic) {
    const std::lock_guard lock(mutex_);
    topics_.push_back(std::move(topic));
    has_any_ = true;
}

std::vector<std::string> UnknownTopics::take() {
    if (!has_any_.load()) {
        return {};
    }
    const std::lock_guard lock(mutex_);
    has_any_ = false;
    return std::exchange(topics_, {});
}

UnknownTopics& unknown_topics_of(const rd_kafka_t& client) {
    return static_cast<Callbacks*>(rd_kafka_opaque(&client))->unknown_topics;
}

// The line is "[thrd:127.0.0.1:9092/1]: orders [3]: broker unavailable: fetch: Broker: Unknown
// topic or partition", without the thread where the user has switched that off.
std::string unknown_topic_of(std::string_view facility, std::string_view text) {
    const std::string_view why = rd_kafka_err2str(RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART);
    constexpr std::string_view kThread = "[thrd:";
    constexpr std::string_view kThreadEnd = "]: ";
    const size_t thread_end = text.starts_with(kThread) ? text.find(kThreadEnd) : text.npos;
    const size_t begin = thread_end == text.npos ? 0 : thread_end + kThreadEnd.size();
    const size_t end = text.rfind(" [");
    if (facility != "BROKERUA" || !text.ends_with(why) || end == text.npos || end < begin) {
        return {};
    }
    return std::string(text.substr(begin, end - begin));
}

void destroy_client(rd_kafka_t* client) {
    auto ended = std::make_shared<std::promise<void>>();
    std::future<void> end = ended->get_future();
    std::thread([client, ended = std::move(ended)] {
        const std::unique_ptr<Callbacks> callbacks(
            static_cast<Callbacks*>(rd_kafka_opaque(client)));
        rd_kafka_destroy_flags(client, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE);
        ended->set_value();
    }).detach();
    if (end.wait_for(std::chrono::milliseconds(kDestroyMs)) != std::future_status::ready) {
        spdlog::warn("kafka: a client does not end, as one of its topics or its broker is gone");
    }
}

Result<void> check_consumer_property(const std::string& name, const std::string& value) {
    const KafkaConfiguration configuration(rd_kafka_conf_new());
    return check_is_users(name).and_then([&] { return set_property(*configuration, name, value); });
}

Result<KafkaClient> make_consumer(const KafkaSettings& settings,
                                  std::span<const KafkaProperty> own,
                                  KafkaReports& reports) {
    KafkaConfiguration configuration(rd_kafka_conf_new());
    if (auto set = set_properties(*configuration, settings, own); !set) {
        return tl::make_unexpected(set.error());
    }
    auto callbacks = std::make_unique<Callbacks>(reports);
    rd_kafka_conf_set_opaque(configuration.get(), callbacks.get());
    rd_kafka_conf_set_error_cb(configuration.get(), on_error);
    rd_kafka_conf_set_log_cb(configuration.get(), on_log);
    std::array<char, 512> why{};
    KafkaClient client(
        rd_kafka_new(RD_KAFKA_CONSUMER, configuration.get(), why.data(), why.size()));
    if (client == nullptr) {
        return failure(ErrorKind::kConfig, fmt::format("kafka: {}", why.data()));
    }
    // The client owns both now.
    static_cast<void>(configuration.release());
    static_cast<void>(callbacks.release());
    return client;
}

namespace {

// librdkafka parses the headers of a message when first asked for one, with five allocations. With
// one span a record that was an eighth of the work of the engine's thread, so it is done on
// request.
std::string_view content_type_of(const void* message) {
    rd_kafka_headers_t* headers = nullptr;
    const void* value = nullptr;
    size_t size = 0;
    const bool is_told = rd_kafka_message_headers(static_cast<const rd_kafka_message_t*>(message),
                                                  &headers) == RD_KAFKA_RESP_ERR_NO_ERROR &&
                         rd_kafka_header_get_last(headers, "content-type", &value, &size) ==
                             RD_KAFKA_RESP_ERR_NO_ERROR &&
                         value != nullptr;
    return is_told ? std::string_view{static_cast<const char*>(value), size} : std::string_view{};
}

}  // namespace

Record record_of(const rd_kafka_message_t& message) {
    CHECK(message.err == RD_KAFKA_RESP_ERR_NO_ERROR, "an event is not a record");
    Record record;
    record.offset = message.offset;
    if (message.payload != nullptr) {
        record.bytes = {static_cast<const char*>(message.payload), message.len};
    }
    rd_kafka_timestamp_type_t type = RD_KAFKA_TIMESTAMP_NOT_AVAILABLE;
    const int64_t time_ms = rd_kafka_message_timestamp(&message, &type);
    if (type != RD_KAFKA_TIMESTAMP_NOT_AVAILABLE && time_ms > 0) {
        record.timestamp_ms = time_ms;
        record.append_ms = type == RD_KAFKA_TIMESTAMP_LOG_APPEND_TIME ? time_ms : 0;
    }
    record.find_content_type = &content_type_of;
    record.message = &message;
    return record;
}

}  // namespace spantoll::ingest
