#include <set>
#include <thread>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "enforce/kafka/sink.h"
#include "ingest/kafka/source.h"
#include "tests/integration/kafka_live.h"

namespace spantoll::enforce {
namespace {

Decision decision_of(uint64_t sequence, uint64_t keys) {
    Decision decision;
    decision.number = sequence;
    decision.account = fmt::format("peer{}.example", sequence % keys);
    return decision;
}

// Of one key for each topic, which stands for a partition here.
DeadLetter letter_of(uint64_t sequence, uint64_t keys) {
    DeadLetter letter;
    letter.topic = fmt::format("spans{}", sequence % keys);
    letter.refused = {{0, Refusal::kNotDecodable}};
    letter.bytes = std::to_string(sequence);
    return letter;
}

// Of what decision_of() or letter_of() became.
uint64_t sequence_of(const std::string& value) {
    constexpr std::string_view kNumber = "\"number\":";
    const size_t at = value.find(kNumber);
    return std::stoull(at == std::string::npos ? value : value.substr(at + kNumber.size()));
}

class KafkaSinkLive : public KafkaLive {
  protected:
    std::unique_ptr<KafkaSink> open() {
        auto sink = KafkaSink::open(settings_);
        EXPECT_TRUE(sink.has_value()) << (sink ? "" : sink.error().message);
        return sink ? std::move(*sink) : nullptr;
    }
    LiveReading read_topic(const std::string& topic) const {
        ingest::KafkaSourceOptions options;
        options.settings = settings_;
        options.settings.topics = {topic};
        auto source = ingest::KafkaSource::open(options);
        EXPECT_TRUE(source.has_value()) << (source ? "" : source.error().message);
        LiveReading reading;
        if (source) {
            read_until(**source, reading, [](const LiveReading& r) { return r.is_at_end(); });
        }
        return reading;
    }
};

TEST_F(KafkaSinkLive, CreatesItsTopicsWithTheBrokersDefaults) {
    const auto sink = open();
    EXPECT_EQ(read_topic(settings_.decisions).partitions.size(), 1U);
    EXPECT_EQ(read_topic(settings_.dead_letters).partitions.size(), 1U);
}

TEST_F(KafkaSinkLive, KeepsOrderAndLosesNothingAcrossABrokerThatIsKilled) {
    constexpr uint64_t kCount = 20'000;
    constexpr uint64_t kKeys = 7;
    administer(fmt::format("create {} 4", settings_.decisions));
    const auto sink = open();
    std::thread restarting;
    uint64_t next = 1;
    uint64_t arrived_through = 0;
    for (int i = 0; i < 60'000 && arrived_through < kCount; ++i) {
        for (int burst = 0; burst < 50 && next <= kCount; ++burst) {
            const bool is_taken = next % 10 == 0 ? sink->publish(next, letter_of(next, kKeys))
                                                 : sink->publish(next, decision_of(next, kKeys));
            if (!is_taken) {
                break;
            }
            ++next;
        }
        if (next > kCount / 2 && !restarting.joinable()) {
            restarting = std::thread([] {
                kill_broker();
                start_broker();
            });
        }
        const auto told = sink->delivered_through();
        ASSERT_TRUE(told) << told.error().message;
        ASSERT_GE(*told, arrived_through);
        ASSERT_LT(*told, next);
        arrived_through = *told;
        sink->flush(1);
    }
    restarting.join();
    ASSERT_EQ(arrived_through, kCount);

    std::set<uint64_t> arrived;
    for (const std::string& topic : {settings_.decisions, settings_.dead_letters}) {
        std::map<uint64_t, uint64_t> newest_by_key;
        const LiveReading reading = read_topic(topic);
        for (const auto& [partition, records] : reading.records) {
            for (const auto& record : records) {
                const uint64_t sequence = sequence_of(record.value);
                EXPECT_TRUE(arrived.insert(sequence).second) << sequence << " arrived twice";
                EXPECT_GT(sequence, newest_by_key[sequence % kKeys]) << "out of order in " << topic;
                newest_by_key[sequence % kKeys] = sequence;
            }
        }
    }
    EXPECT_EQ(arrived.size(), kCount);
}

TEST_F(KafkaSinkLive, ADeadLetterThatIsTooLargeForItsTopicArrivesWithoutTheBytes) {
    administer(fmt::format("create {} 1 max.message.bytes=2000", settings_.dead_letters));
    const auto sink = open();
    DeadLetter letter = letter_of(1, 1);
    letter.bytes = std::string(4000, '\0');
    // Numbers that no compression makes smaller.
    uint32_t state = 1;
    for (char& byte : letter.bytes) {
        state = state * 1664525 + 1013904223;
        byte = static_cast<char>(state >> 24);
    }
    ASSERT_TRUE(sink->publish(1, letter));
    uint64_t arrived_through = 0;
    for (int i = 0; i < 200 && arrived_through < 1; ++i) {
        sink->flush(50);
        const auto told = sink->delivered_through();
        ASSERT_TRUE(told) << told.error().message;
        arrived_through = *told;
    }
    EXPECT_EQ(arrived_through, 1U);
    const LiveReading reading = read_topic(settings_.dead_letters);
    ASSERT_EQ(reading.count(), 1U);
    EXPECT_EQ(reading.records.at(0)[0].value, "");
}

TEST_F(KafkaSinkLive, EndsInBoundedTimeWithoutABroker) {
    auto sink = open();
    kill_broker();
    ASSERT_TRUE(sink->publish(1, decision_of(1, 1)));
    const auto begin = std::chrono::steady_clock::now();
    sink->flush(500);
    sink.reset();
    EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(5));
    start_broker();
}

}  // namespace
}  // namespace spantoll::enforce
