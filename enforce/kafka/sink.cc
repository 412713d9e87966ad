#include "enforce/kafka/sink.h"

#include <algorithm>
#include <array>
#include <spdlog/spdlog.h>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "schemas/check.h"

namespace spantoll::enforce {
namespace {

struct Outgoing {
    rd_kafka_topic_t* topic = nullptr;
    std::string_view key;
    std::string_view payload;
    uint64_t sequence = 0;  // travels as the message's opaque value
};

rd_kafka_vu_t field(rd_kafka_vtype_t type) {
    rd_kafka_vu_t result;
    result.vtype = type;
    return result;
}

rd_kafka_vu_t bytes_field(rd_kafka_vtype_t type, std::string_view bytes) {
    rd_kafka_vu_t result = field(type);
    // Copied by the call; the API only lacks a const.
    result.u.mem.ptr = const_cast<char*>(bytes.data());
    result.u.mem.size = bytes.size();
    return result;
}

// Takes the headers over if it succeeds.
rd_kafka_resp_err_t produce(rd_kafka_t* client, const Outgoing& message, KafkaHeaders headers) {
    std::array<rd_kafka_vu_t, 6> fields{field(RD_KAFKA_VTYPE_RKT),
                                        bytes_field(RD_KAFKA_VTYPE_KEY, message.key),
                                        bytes_field(RD_KAFKA_VTYPE_VALUE, message.payload),
                                        field(RD_KAFKA_VTYPE_HEADERS),
                                        field(RD_KAFKA_VTYPE_OPAQUE),
                                        field(RD_KAFKA_VTYPE_MSGFLAGS)};
    fields[0].u.rkt = message.topic;
    fields[3].u.headers = headers.get();
    static_assert(sizeof(void*) == sizeof(uint64_t), "an opaque value holds a sequence");
    fields[4].u.ptr =
        reinterpret_cast<void*>(message.sequence);  // NOLINT(performance-no-int-to-ptr)
    fields[5].u.i = RD_KAFKA_MSG_F_COPY;
    const KafkaError error(rd_kafka_produceva(client, fields.data(), fields.size()));
    if (error != nullptr) {
        return rd_kafka_error_code(error.get());
    }
    static_cast<void>(headers.release());
    return RD_KAFKA_RESP_ERR_NO_ERROR;
}

void add_header(rd_kafka_headers_t* headers, std::string_view name, std::string_view value) {
    rd_kafka_header_add(headers,
                        name.data(),
                        static_cast<ssize_t>(name.size()),
                        value.data(),
                        static_cast<ssize_t>(value.size()));
}

}  // namespace

Result<std::unique_ptr<KafkaSink>> KafkaSink::open(const KafkaSettings& settings) {
    std::unique_ptr<KafkaSink> sink(new KafkaSink);
    sink->events_.on_delivery = on_delivery;
    sink->events_.self = sink.get();
    auto client = make_producer(settings, sink->events_);
    if (!client) {
        return tl::make_unexpected(client.error());
    }
    sink->client_ = std::move(*client);
    for (const std::string& topic : {settings.decisions, settings.dead_letters}) {
        if (auto ensured = ensure_topic(*sink->client_, topic, sink->events_); !ensured) {
            return tl::make_unexpected(ensured.error());
        }
    }
    rd_kafka_t* const raw = sink->client_.get();
    sink->decisions_.reset(rd_kafka_topic_new(raw, settings.decisions.c_str(), nullptr));
    sink->dead_letters_.reset(rd_kafka_topic_new(raw, settings.dead_letters.c_str(), nullptr));
    CHECK(sink->decisions_ != nullptr && sink->dead_letters_ != nullptr,
          "both names were looked up");
    return sink;
}

KafkaSink::~KafkaSink() {
    if (client_ != nullptr) {
        // Otherwise librdkafka would wait for the broker.
        rd_kafka_purge(client_.get(), RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
        rd_kafka_poll(client_.get(), 0);
    }
    // Before the members that the callbacks touch.
    decisions_.reset();
    dead_letters_.reset();
    client_.reset();
}

bool KafkaSink::publish(uint64_t sequence, const Decision& decision) {
    return publish(sequence, decisions_.get(), to_kafka_message(decision));
}

bool KafkaSink::publish(uint64_t sequence, const DeadLetter& letter) {
    return publish(sequence, dead_letters_.get(), to_kafka_message(letter));
}

bool KafkaSink::publish(uint64_t sequence, rd_kafka_topic_t* topic, const KafkaMessage& message) {
    if (error_) {
        return false;
    }
    CHECK(sequence > (under_way_.empty() ? delivered_through_ : under_way_.back().sequence),
          "sequences ascend");
    KafkaHeaders headers(rd_kafka_headers_new(message.headers.size()));
    for (const auto& [name, value] : message.headers) {
        add_header(headers.get(), name, value);
    }
    const Outgoing outgoing{
        .topic = topic, .key = message.key, .payload = message.payload, .sequence = sequence};
    const auto code = produce(client_.get(), outgoing, std::move(headers));
    if (code == RD_KAFKA_RESP_ERR__QUEUE_FULL) {
        return false;
    }
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR) {
        fail(fmt::format("topic '{}' takes no message of {} bytes: {}",
                         rd_kafka_topic_name(topic),
                         message.payload.size(),
                         rd_kafka_err2str(code)));
        return false;
    }
    under_way_.push_back({.sequence = sequence});
    return true;
}

Result<uint64_t> KafkaSink::delivered_through() {
    rd_kafka_poll(client_.get(), 0);
    if (!events_.fatal_error.empty()) {
        fail(events_.fatal_error);
    }
    if (error_) {
        return tl::make_unexpected(*error_);
    }
    return delivered_through_;
}

void KafkaSink::flush(int64_t wait_ms) {
    rd_kafka_flush(client_.get(), static_cast<int>(wait_ms));
}

void KafkaSink::on_delivery(const rd_kafka_message_t& message, void* self) {
    static_cast<KafkaSink*>(self)->note_delivery(message);
}

void KafkaSink::note_delivery(const rd_kafka_message_t& message) {
    if (message.err == RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE && message.rkt == dead_letters_.get() &&
        message.len > 0) {
        send_without_bytes(message);
        return;
    }
    if (message.err != RD_KAFKA_RESP_ERR_NO_ERROR) {
        fail(fmt::format("topic '{}' refuses a message of {} bytes: {}",
                         rd_kafka_topic_name(message.rkt),
                         message.len,
                         // Not rd_kafka_message_errstr(): it takes the payload for a text.
                         rd_kafka_err2str(message.err)));
        return;
    }
    if (events_.are_all_brokers_down) {
        events_.are_all_brokers_down = false;
        spdlog::info("kafka: decisions arrive again");
    }
    const auto sequence = reinterpret_cast<uint64_t>(message._private);
    const auto place = std::lower_bound(
        under_way_.begin(), under_way_.end(), sequence, [](const UnderWay& item, uint64_t wanted) {
            return item.sequence < wanted;
        });
    CHECK(place != under_way_.end() && place->sequence == sequence, "only what was sent arrives");
    place->has_arrived = true;
    // There are two topics with many partitions: an entry that arrives early waits for those that
    // were published before it.
    while (!under_way_.empty() && under_way_.front().has_arrived) {
        delivered_through_ = under_way_.front().sequence;
        under_way_.pop_front();
    }
}

void KafkaSink::send_without_bytes(const rd_kafka_message_t& message) {
    rd_kafka_headers_t* sent = nullptr;
    KafkaHeaders headers(rd_kafka_message_headers(&message, &sent) == RD_KAFKA_RESP_ERR_NO_ERROR
                             ? rd_kafka_headers_copy(sent)
                             : rd_kafka_headers_new(1));
    add_header(headers.get(), kBytesLeftOutHeader, std::to_string(message.len));
    spdlog::warn(
        "kafka: topic '{}' refuses a dead letter of {} bytes, sent without them; raise its "
        "max.message.bytes to keep them",
        rd_kafka_topic_name(message.rkt),
        message.len);
    const Outgoing again{.topic = dead_letters_.get(),
                         .key = {static_cast<const char*>(message.key), message.key_len},
                         .payload = {},
                         .sequence = reinterpret_cast<uint64_t>(message._private)};
    const auto code = produce(client_.get(), again, std::move(headers));
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR) {
        fail(fmt::format("topic '{}' takes no dead letter: {}",
                         rd_kafka_topic_name(message.rkt),
                         rd_kafka_err2str(code)));
    }
}

// Keeps the first reason: later ones are its consequences.
void KafkaSink::fail(std::string why) {
    if (!error_) {
        error_ = Error{ErrorKind::kUnavailable, "kafka: " + std::move(why)};
    }
}

}  // namespace spantoll::enforce
