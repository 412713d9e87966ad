#include "enforce/kafka/record_producer.h"

#include <array>
#include <cstdint>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "enforce/kafka/producer.h"

namespace spantoll::enforce {
namespace {

constexpr const char* kContentTypeHeader = "content-type";
constexpr int kPurgedMs = 1'000;  // for the reports of what was given up

// Overrides what make_producer sets for decisions: decisions should arrive soon, records should be
// many at a time.
const std::map<std::string, std::string>& throughput_properties() {
    static const std::map<std::string, std::string> properties{
        {"client.id", "spantoll-feed"},
        {"linger.ms", "20"},
        {"queue.buffering.max.messages", "100000"},
        // Even a record that is too large for spantoll (4 MiB) must arrive, so that it is refused
        // there.
        {"message.max.bytes", "10000000"},
    };
    return properties;
}

rd_kafka_vu_t text_value(rd_kafka_vtype_t type, std::string_view text) {
    rd_kafka_vu_t value{};
    value.vtype = type;
    value.u.mem.ptr = const_cast<char*>(text.data());  // read only: it is copied
    value.u.mem.size = text.size();
    return value;
}

}  // namespace

struct KafkaRecordProducer::State {
    KafkaProducerEvents events;
    bool is_topic_new = false;
    uint64_t taken = 0;
    uint64_t delivered = 0;
    uint64_t failed = 0;
    uint64_t delivered_in_order = 0;
    std::set<uint64_t> delivered_ahead;  // numbers beyond the first that is not; as many as wait
    std::string failure_text;
    KafkaClient client;  // first to go: its callbacks write to what is above
    KafkaTopic topic;

    static void on_delivery(const rd_kafka_message_t& message, void* self) {
        auto& state = *static_cast<State*>(self);
        if (message.err == RD_KAFKA_RESP_ERR_NO_ERROR) {
            ++state.delivered;
            // NOLINTNEXTLINE(performance-no-int-to-ptr, *-reinterpret-cast): as it was handed over
            state.note_delivered(reinterpret_cast<uintptr_t>(message._private));
            return;
        }
        ++state.failed;
        state.failure_text = rd_kafka_err2str(message.err);
    }
    void note_delivered(uint64_t number) {
        delivered_ahead.insert(number);
        while (!delivered_ahead.empty() && *delivered_ahead.begin() == delivered_in_order) {
            delivered_ahead.erase(delivered_ahead.begin());
            ++delivered_in_order;
        }
    }
    rd_kafka_resp_err_t try_produce(const KafkaRecord& record);
};

rd_kafka_resp_err_t KafkaRecordProducer::State::try_produce(const KafkaRecord& record) {
    std::array<rd_kafka_vu_t, 6> values{};
    values[0].vtype = RD_KAFKA_VTYPE_RKT;
    values[0].u.rkt = topic.get();
    values[1] = text_value(RD_KAFKA_VTYPE_VALUE, record.bytes);
    values[2] = text_value(RD_KAFKA_VTYPE_KEY, record.key);
    values[3].vtype = RD_KAFKA_VTYPE_MSGFLAGS;
    values[3].u.i = RD_KAFKA_MSG_F_COPY;
    values[4].vtype = RD_KAFKA_VTYPE_HEADER;
    values[4].u.header = {.name = kContentTypeHeader,
                          .val = record.content_type.data(),
                          .size = static_cast<ssize_t>(record.content_type.size())};
    values[5].vtype = RD_KAFKA_VTYPE_OPAQUE;
    // NOLINTNEXTLINE(performance-no-int-to-ptr, *-reinterpret-cast): a number, never followed
    values[5].u.ptr = reinterpret_cast<void*>(static_cast<uintptr_t>(taken));
    const KafkaError error(rd_kafka_produceva(client.get(), values.data(), values.size()));
    return error == nullptr ? RD_KAFKA_RESP_ERR_NO_ERROR : rd_kafka_error_code(error.get());
}

KafkaRecordProducer::KafkaRecordProducer(std::unique_ptr<State> state) : state_(std::move(state)) {}
KafkaRecordProducer::~KafkaRecordProducer() {
    // Drops what is still queued, because destroying a producer would wait for it.
    rd_kafka_purge(state_->client.get(), RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
    rd_kafka_flush(state_->client.get(), kPurgedMs);
}

Result<std::unique_ptr<KafkaRecordProducer>> KafkaRecordProducer::open(
    const KafkaSettings& settings, const std::string& topic) {
    auto state = std::make_unique<State>();
    state->events.on_delivery = State::on_delivery;
    state->events.self = state.get();
    KafkaSettings with_throughput = settings;
    with_throughput.properties.insert(throughput_properties().begin(),
                                      throughput_properties().end());
    Result<KafkaClient> client = make_producer(with_throughput, state->events);
    if (!client) {
        return tl::make_unexpected(client.error());
    }
    state->client = std::move(*client);
    const Result<bool> is_known = is_topic_known(*state->client, topic, state->events);
    if (!is_known) {
        return tl::make_unexpected(is_known.error());
    }
    state->is_topic_new = !*is_known;
    if (const Result<void> ensured = ensure_topic(*state->client, topic, state->events); !ensured) {
        return tl::make_unexpected(ensured.error());
    }
    state->topic.reset(rd_kafka_topic_new(state->client.get(), topic.c_str(), nullptr));
    return std::unique_ptr<KafkaRecordProducer>(new KafkaRecordProducer(std::move(state)));
}

Result<KafkaRecordProducer::Outcome> KafkaRecordProducer::produce(const KafkaRecord& record,
                                                                  int wait_ms) {
    rd_kafka_poll(state_->client.get(), 0);
    rd_kafka_resp_err_t code = state_->try_produce(record);
    if (code == RD_KAFKA_RESP_ERR__QUEUE_FULL) {
        rd_kafka_poll(state_->client.get(), wait_ms);
        code = state_->try_produce(record);
    }
    switch (code) {
        case RD_KAFKA_RESP_ERR_NO_ERROR:
            ++state_->taken;
            return Outcome::kTaken;
        case RD_KAFKA_RESP_ERR__QUEUE_FULL:
            return Outcome::kQueueIsFull;
        case RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE:
            return Outcome::kTooLarge;
        default:
            return failure(ErrorKind::kUnavailable,
                           fmt::format("kafka: {}", rd_kafka_err2str(code)));
    }
}

bool KafkaRecordProducer::flush(int wait_ms) {
    return rd_kafka_flush(state_->client.get(), wait_ms) == RD_KAFKA_RESP_ERR_NO_ERROR;
}

bool KafkaRecordProducer::is_topic_new() const {
    return state_->is_topic_new;
}

uint64_t KafkaRecordProducer::delivered_in_order_count() const {
    return state_->delivered_in_order;
}

uint64_t KafkaRecordProducer::delivered_count() const {
    return state_->delivered;
}

uint64_t KafkaRecordProducer::failed_count() const {
    return state_->failed;
}

std::string KafkaRecordProducer::last_error() const {
    return state_->failure_text.empty() ? state_->events.last_error : state_->failure_text;
}

}  // namespace spantoll::enforce
