#include "enforce/kafka/producer.h"

#include <algorithm>
#include <array>
#include <span>
#include <spdlog/spdlog.h>
#include <string_view>

#include <fmt/format.h>

namespace spantoll::enforce {
namespace {

struct Property {
    const char* name;
    const char* value;
};

constexpr auto kTuning = std::to_array<Property>({
    {"client.id", "spantoll"},
    // A decision waits at most this long for others to be sent with: a fifth of the latency that is
    // promised.
    {"linger.ms", "1"},
    // Decisions repeat their words; cheap to pack and to unpack.
    {"compression.type", "lz4"},
    // How much may wait while the broker is away; beyond it publish() refuses, and the outbox keeps
    // the rest.
    {"queue.buffering.max.messages", "20000"},
    {"queue.buffering.max.kbytes", "65536"},
    // Dead letters have up to 900 KiB and headers; the broker says what the topic allows.
    {"message.max.bytes", "2000000"},
    // A broker that restarts is found again within a second.
    {"reconnect.backoff.ms", "50"},
    {"reconnect.backoff.max.ms", "1000"},
    {"retry.backoff.ms", "50"},
    {"socket.nagle.disable", "true"},
    {"statistics.interval.ms", "0"},
    {"log.connection.close", "false"},
});

// If one of these had another value a guarantee would be broken, so a user may not set them.
constexpr auto kOurs = std::to_array<Property>({
    // Retries neither repeat nor reorder what one process sends.
    {"enable.idempotence", "true"},
    // A message has "arrived" when all replicas in sync have it.
    {"acks", "all"},
    // Never give up: dropping one message and sending the next would break an account's order.
    {"message.timeout.ms", "0"},
    // Each account stays in one partition, the one that Java's clients would choose.
    {"partitioner", "murmur2_random"},
    // Without the reports of success nothing would ever leave the outbox.
    {"delivery.report.only.error", "false"},
});

// Other names of the same properties, and properties that would undo them.
constexpr auto kRefused = std::to_array<std::string_view>({"request.required.acks",
                                                           "delivery.timeout.ms",
                                                           "message.send.max.retries",
                                                           "retries",
                                                           "transactional.id",
                                                           "bootstrap.servers",
                                                           "metadata.broker.list"});

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
    for (const Property& property : kOurs) {
        if (name == property.name) {
            return failure(
                ErrorKind::kConfig,
                fmt::format(
                    "kafka.properties: {} is always {} here, leave it out", name, property.value));
        }
    }
    for (const std::string_view refused : kRefused) {
        if (name == refused) {
            return failure(ErrorKind::kConfig,
                           fmt::format("kafka.properties: {} is set by spantoll itself, leave it "
                                       "out",
                                       name));
        }
    }
    return {};
}

Result<void> set_all(rd_kafka_conf_t& configuration, std::span<const Property> properties) {
    for (const Property& property : properties) {
        if (auto set = set_property(configuration, property.name, property.value); !set) {
            return set;
        }
    }
    return {};
}

Result<void> set_properties(rd_kafka_conf_t& configuration, const KafkaSettings& settings) {
    if (auto set = set_all(configuration, kTuning); !set) {
        return set;
    }
    for (const auto& [name, value] : settings.properties) {
        if (auto allowed = check_is_users(name); !allowed) {
            return allowed;
        }
        if (auto set = set_property(configuration, name, value); !set) {
            return set;
        }
    }
    if (auto set = set_all(configuration, kOurs); !set) {
        return set;
    }
    return set_property(configuration, "bootstrap.servers", settings.brokers);
}

void on_delivery(rd_kafka_t* /*client*/, const rd_kafka_message_t* message, void* opaque) {
    const auto& events = *static_cast<KafkaProducerEvents*>(opaque);
    events.on_delivery(*message, events.self);
}

void on_error(rd_kafka_t* client, int code, const char* reason, void* opaque) {
    auto& events = *static_cast<KafkaProducerEvents*>(opaque);
    if (code == RD_KAFKA_RESP_ERR__FATAL) {
        std::array<char, 512> why{};
        rd_kafka_fatal_error(client, why.data(), why.size());
        events.fatal_error = why.data();
    } else if (code == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN) {
        if (!events.are_all_brokers_down) {
            spdlog::warn("kafka: decisions wait, no broker can be reached: {}",
                         events.last_error.empty() ? reason : events.last_error);
        }
        events.are_all_brokers_down = true;
    } else {
        events.last_error = reason;
    }
}

// Called from librdkafka's threads; its levels are syslog's. Some messages are left out: on_error
// reports failed connections once; getting the producer's id (GETPID) is retried anyway; and
// warnings about properties of the other kind of client (CONFWARN) are pointless, because both
// kinds get all of the user's properties.
void on_log(const rd_kafka_t* /*client*/, int level, const char* facility, const char* text) {
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

std::string unanswered(rd_kafka_t& client,
                       const std::string& topic,
                       rd_kafka_resp_err_t code,
                       const KafkaProducerEvents& events) {
    rd_kafka_poll(&client, 0);  // serves the error callback, which knows more
    return fmt::format("kafka: topic '{}' cannot be written: {}; is the broker running?",
                       topic,
                       events.last_error.empty() ? rd_kafka_err2str(code) : events.last_error);
}

enum class TopicState { kPresent, kMissing };

Result<TopicState> look_up(rd_kafka_t& client,
                           const std::string& topic,
                           const KafkaProducerEvents& events) {
    const KafkaTopic handle(rd_kafka_topic_new(&client, topic.c_str(), nullptr));
    if (handle == nullptr) {
        return failure(ErrorKind::kConfig,
                       fmt::format("kafka: '{}' cannot be the name of a topic", topic));
    }
    const rd_kafka_metadata_t* raw = nullptr;
    const auto code = rd_kafka_metadata(&client, 0, handle.get(), &raw, kTopicAnswerMs);
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR) {
        return failure(ErrorKind::kUnavailable, unanswered(client, topic, code, events));
    }
    const KafkaMetadata metadata(raw);
    const auto told = metadata->topics[0].err;
    if (told == RD_KAFKA_RESP_ERR_NO_ERROR || told == RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE) {
        return TopicState::kPresent;
    }
    if (told == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART) {
        return TopicState::kMissing;
    }
    return failure(
        ErrorKind::kUnavailable,
        fmt::format("kafka: topic '{}' cannot be written: {}", topic, rd_kafka_err2str(told)));
}

// The broker's answer to the creation; empty = created, or there already.
std::string create(rd_kafka_t& client, const std::string& topic) {
    std::array<char, 512> why{};
    // -1: the broker's own default.
    const KafkaNewTopic wanted(
        rd_kafka_NewTopic_new(topic.c_str(), -1, -1, why.data(), why.size()));
    if (wanted == nullptr) {
        return why.data();
    }
    const KafkaAdminOptions options(
        rd_kafka_AdminOptions_new(&client, RD_KAFKA_ADMIN_OP_CREATETOPICS));
    // Until every broker knows it.
    rd_kafka_AdminOptions_set_operation_timeout(options.get(), kTopicAnswerMs, nullptr, 0);
    const KafkaQueue queue(rd_kafka_queue_new(&client));
    std::array<rd_kafka_NewTopic_t*, 1> topics{wanted.get()};
    rd_kafka_CreateTopics(&client, topics.data(), topics.size(), options.get(), queue.get());
    const KafkaEvent event(rd_kafka_queue_poll(queue.get(), kTopicAnswerMs));
    if (event == nullptr) {
        return "no answer in time";
    }
    if (rd_kafka_event_error(event.get()) != RD_KAFKA_RESP_ERR_NO_ERROR) {
        return rd_kafka_event_error_string(event.get());
    }
    size_t count = 0;
    const auto* const result = rd_kafka_event_CreateTopics_result(event.get());
    const auto* const results = rd_kafka_CreateTopics_result_topics(result, &count);
    for (size_t i = 0; i < count; ++i) {
        const auto code = rd_kafka_topic_result_error(results[i]);
        if (code != RD_KAFKA_RESP_ERR_NO_ERROR && code != RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS) {
            const char* text = rd_kafka_topic_result_error_string(results[i]);
            return text != nullptr ? text : rd_kafka_err2str(code);
        }
    }
    return {};
}

}  // namespace

Result<void> check_producer_property(const std::string& name, const std::string& value) {
    const KafkaConfiguration configuration(rd_kafka_conf_new());
    return check_is_users(name).and_then([&] { return set_property(*configuration, name, value); });
}

Result<KafkaClient> make_producer(const KafkaSettings& settings, KafkaProducerEvents& events) {
    KafkaConfiguration configuration(rd_kafka_conf_new());
    if (auto set = set_properties(*configuration, settings); !set) {
        return tl::make_unexpected(set.error());
    }
    rd_kafka_conf_set_opaque(configuration.get(), &events);
    rd_kafka_conf_set_dr_msg_cb(configuration.get(), on_delivery);
    rd_kafka_conf_set_error_cb(configuration.get(), on_error);
    rd_kafka_conf_set_log_cb(configuration.get(), on_log);
    std::array<char, 512> why{};
    KafkaClient client(
        rd_kafka_new(RD_KAFKA_PRODUCER, configuration.get(), why.data(), why.size()));
    if (client == nullptr) {
        return failure(ErrorKind::kConfig, fmt::format("kafka: {}", why.data()));
    }
    // The client took it over.
    static_cast<void>(configuration.release());
    return client;
}

Result<bool> is_topic_known(rd_kafka_t& client,
                            const std::string& topic,
                            const KafkaProducerEvents& events) {
    // Asks about all topics: a question about one might make the broker create it.
    const rd_kafka_metadata_t* raw = nullptr;
    const auto code = rd_kafka_metadata(&client, 1, nullptr, &raw, kTopicAnswerMs);
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR) {
        return failure(ErrorKind::kUnavailable, unanswered(client, topic, code, events));
    }
    const KafkaMetadata metadata(raw);
    const std::span topics(metadata->topics, static_cast<size_t>(metadata->topic_cnt));
    return std::any_of(topics.begin(), topics.end(), [&](const rd_kafka_metadata_topic_t& one) {
        return topic == one.topic;
    });
}

Result<void> ensure_topic(rd_kafka_t& client,
                          const std::string& topic,
                          const KafkaProducerEvents& events) {
    const auto state = look_up(client, topic, events);
    if (!state) {
        return tl::make_unexpected(state.error());
    }
    if (*state == TopicState::kPresent) {
        return {};
    }
    const std::string why = create(client, topic);
    if (why.empty()) {
        return {};
    }
    // Somebody else may have created it first, or the look-up itself may have made the broker do
    // it.
    const auto again = look_up(client, topic, events);
    if (again && *again == TopicState::kPresent) {
        return {};
    }
    return failure(ErrorKind::kConfig,
                   fmt::format("kafka: topic '{}' is missing and could not be created: {}; create "
                               "it, or allow spantoll to",
                               topic,
                               why));
}

}  // namespace spantoll::enforce
