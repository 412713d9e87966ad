#include <map>
#include <memory>
#include <string>

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>

#include "enforce/kafka/sink.h"

namespace spantoll::enforce {
namespace {

constexpr int kWaitsMax = 200;

// A cluster of one broker inside this process that can be made to refuse.
class KafkaSinkTest : public ::testing::Test {
  protected:
    KafkaSinkTest() {
        rd_kafka_conf_t* conf = rd_kafka_conf_new();
        rd_kafka_conf_set(conf, "test.mock.num.brokers", "1", nullptr, 0);
        rd_kafka_conf_set(conf, "log_level", "0", nullptr, 0);
        host_.reset(rd_kafka_new(RD_KAFKA_PRODUCER, conf, nullptr, 0));
        cluster_ = rd_kafka_handle_mock_cluster(host_.get());
        settings_.brokers = rd_kafka_mock_cluster_bootstraps(cluster_);
        for (const std::string& topic : {settings_.decisions, settings_.dead_letters}) {
            rd_kafka_mock_topic_create(cluster_, topic.c_str(), 4, 1);
        }
    }
    std::unique_ptr<KafkaSink> open() {
        auto sink = KafkaSink::open(settings_);
        EXPECT_TRUE(sink.has_value()) << (sink ? "" : sink.error().message);
        return sink ? std::move(*sink) : nullptr;
    }
    static bool publish_decision(KafkaSink& sink, uint64_t sequence) {
        Decision decision;
        decision.number = sequence;
        decision.account = fmt::format("peer{}.example", sequence % 3);
        return sink.publish(sequence, decision);
    }
    static bool publish_dead_letter(KafkaSink& sink, uint64_t sequence) {
        DeadLetter letter;
        letter.offset = static_cast<int64_t>(sequence);
        letter.refused = {{0, Refusal::kNotDecodable}};
        letter.bytes = "{";
        return sink.publish(sequence, letter);
    }
    // Serves the sink until this much has arrived, an error came, or too much time passed.
    static Result<uint64_t> wait_for(KafkaSink& sink, uint64_t sequence) {
        Result<uint64_t> arrived = sink.delivered_through();
        for (int i = 0; i < kWaitsMax && arrived && *arrived < sequence; ++i) {
            sink.flush(20);
            arrived = sink.delivered_through();
        }
        return arrived;
    }

    KafkaClient host_;
    rd_kafka_mock_cluster_t* cluster_ = nullptr;
    KafkaSettings settings_;
};

TEST_F(KafkaSinkTest, KnowsWhatHasArrivedUpToTheLast) {
    const auto sink = open();
    EXPECT_EQ(sink->delivered_through().value(), 0U);
    for (uint64_t sequence = 5; sequence < 105; ++sequence) {
        ASSERT_TRUE(sequence % 7 == 0 ? publish_dead_letter(*sink, sequence)
                                      : publish_decision(*sink, sequence));
    }
    EXPECT_EQ(wait_for(*sink, 104).value(), 104U);
}

TEST_F(KafkaSinkTest, NothingBeyondWhatHasNotArrivedCounts) {
    const auto sink = open();
    rd_kafka_mock_partition_set_leader(cluster_, settings_.dead_letters.c_str(), 0, -1);
    for (int partition = 0; partition < 4; ++partition) {
        rd_kafka_mock_partition_set_leader(cluster_, settings_.dead_letters.c_str(), partition, -1);
    }
    ASSERT_TRUE(publish_decision(*sink, 1));
    ASSERT_TRUE(publish_dead_letter(*sink, 2));
    ASSERT_TRUE(publish_decision(*sink, 3));
    EXPECT_EQ(wait_for(*sink, 1).value(), 1U);
    sink->flush(100);
    EXPECT_EQ(sink->delivered_through().value(), 1U);
    for (int partition = 0; partition < 4; ++partition) {
        rd_kafka_mock_partition_set_leader(cluster_, settings_.dead_letters.c_str(), partition, 1);
    }
    EXPECT_EQ(wait_for(*sink, 3).value(), 3U);
}

TEST_F(KafkaSinkTest, WaitsForABrokerThatIsAwayAndThenGoesOn) {
    const auto sink = open();
    rd_kafka_mock_broker_set_down(cluster_, -1);
    ASSERT_TRUE(publish_decision(*sink, 1));
    sink->flush(200);
    EXPECT_EQ(sink->delivered_through().value(), 0U);
    rd_kafka_mock_broker_set_up(cluster_, -1);
    EXPECT_EQ(wait_for(*sink, 1).value(), 1U);
}

TEST_F(KafkaSinkTest, AnErrorThatPassesIsNoError) {
    const auto sink = open();
    rd_kafka_mock_push_request_errors(cluster_,
                                      0,  // Produce
                                      2,
                                      RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION,
                                      RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT);
    ASSERT_TRUE(publish_decision(*sink, 1));
    EXPECT_EQ(wait_for(*sink, 1).value(), 1U);
}

TEST_F(KafkaSinkTest, ATopicThatMayNotBeWrittenEndsItInOneLine) {
    const auto sink = open();
    rd_kafka_mock_push_request_errors(cluster_, 0, 1, RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED);
    ASSERT_TRUE(publish_decision(*sink, 1));
    const auto arrived = wait_for(*sink, 1);
    ASSERT_FALSE(arrived);
    EXPECT_EQ(arrived.error().kind, ErrorKind::kUnavailable);
    EXPECT_NE(arrived.error().message.find("topic 'spantoll.decisions' refuses a message"),
              std::string::npos)
        << arrived.error().message;
    EXPECT_EQ(arrived.error().message.find('\n'), std::string::npos);
    EXPECT_NE(arrived.error().message.find("Topic authorization failed"), std::string::npos)
        << arrived.error().message;
    EXPECT_FALSE(publish_decision(*sink, 2));
}

TEST_F(KafkaSinkTest, ADeadLetterThatIsTooLargeForItsTopicGoesWithoutTheBytes) {
    const auto sink = open();
    rd_kafka_mock_push_request_errors(cluster_, 0, 1, RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE);
    ASSERT_TRUE(publish_dead_letter(*sink, 1));
    EXPECT_EQ(wait_for(*sink, 1).value(), 1U);
}

TEST_F(KafkaSinkTest, SaysNoWhenItsQueueIsFull) {
    settings_.properties["queue.buffering.max.messages"] = "10";
    const auto sink = open();
    rd_kafka_mock_broker_set_down(cluster_, -1);
    uint64_t taken = 0;
    while (taken < 100 && publish_decision(*sink, taken + 1)) {
        ++taken;
    }
    EXPECT_EQ(taken, 10U);
    EXPECT_TRUE(sink->delivered_through().has_value()) << "a full queue is no error";
    rd_kafka_mock_broker_set_up(cluster_, -1);
    EXPECT_EQ(wait_for(*sink, 10).value(), 10U);
    EXPECT_TRUE(publish_decision(*sink, 11));
    EXPECT_EQ(wait_for(*sink, 11).value(), 11U);
}

TEST_F(KafkaSinkTest, RefusesPropertiesThatItNeedsItselfAndUnknownOnes) {
    const std::map<std::string, std::string> refusals{
        {"acks", "kafka.properties: acks is always all here"},
        {"enable.idempotence", "enable.idempotence is always true here"},
        {"delivery.timeout.ms", "delivery.timeout.ms is set by spantoll itself"},
        {"no.such.thing", "no.such.thing"},
    };
    for (const auto& [name, text] : refusals) {
        settings_.properties = {{name, "x"}};
        const auto refused = KafkaSink::open(settings_);
        ASSERT_FALSE(refused) << name;
        EXPECT_EQ(refused.error().kind, ErrorKind::kConfig);
        EXPECT_NE(refused.error().message.find(text), std::string::npos) << refused.error().message;
    }
}

}  // namespace
}  // namespace spantoll::enforce
