#include <algorithm>
#include <chrono>
#include <functional>
#include <map>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "ingest/kafka/source.h"
#include "schemas/crc32c.h"
#include "tests/ingest/kafka_mock.h"

namespace spantoll::ingest {
namespace {

constexpr PollLimits kPoll{.records_max = 1000, .bytes_max = 1 << 20, .wait_ms = 100};
constexpr int kPollsMax = 100;

struct Seen {
    std::map<PartitionIndex, std::vector<int64_t>> offsets;
    std::vector<PartitionState> partitions;
};

// Polls until `is_enough`, at most kPollsMax times.
Seen poll_until(Source& source, const std::function<bool(const Seen&)>& is_enough) {
    Seen seen;
    for (int i = 0; i < kPollsMax && !is_enough(seen); ++i) {
        auto batch = source.poll(kPoll);
        EXPECT_TRUE(batch.has_value()) << (batch ? "" : batch.error().message);
        if (!batch) {
            break;
        }
        for (const Record& record : batch->records) {
            seen.offsets[record.partition].push_back(record.offset);
        }
        seen.partitions = batch->partitions;
    }
    EXPECT_TRUE(is_enough(seen)) << "not within " << kPollsMax << " polls";
    return seen;
}

bool is_all_at_end(const Seen& seen) {
    return !seen.partitions.empty() &&
           std::all_of(seen.partitions.begin(), seen.partitions.end(), [](const auto& state) {
               return state.is_at_end;
           });
}

std::vector<int64_t> offsets(int64_t from, int64_t to) {
    std::vector<int64_t> result;
    for (int64_t offset = from; offset < to; ++offset) {
        result.push_back(offset);
    }
    return result;
}

class KafkaSourceTest : public ::testing::Test {
  protected:
    KafkaSourceTest() { options_.settings.topics = {"spans"}; }

    void fill(int partitions, int records) {
        mock_.create("spans", partitions);
        for (int partition = 0; partition < partitions; ++partition) {
            for (int i = 0; i < records; ++i) {
                mock_.produce("spans", partition, value(partition, i));
            }
        }
    }
    static std::string value(int partition, int64_t offset) {
        return fmt::format("{{\"p\":{},\"o\":{}}}", partition, offset);
    }
    // As the store would know it, after the record before `next` was read.
    static StartPosition position(int partition, int64_t next) {
        const std::string last = value(partition, next - 1);
        return {.next_offset = next,
                .last_offset = next - 1,
                .last = {.append_ms = 0,
                         .size = static_cast<uint32_t>(last.size()),
                         .crc32c = crc32c(last)}};
    }
    Result<std::unique_ptr<KafkaSource>> try_open() {
        options_.settings.brokers = mock_.brokers();
        return KafkaSource::open(options_);
    }
    std::unique_ptr<KafkaSource> open() {
        auto source = try_open();
        EXPECT_TRUE(source.has_value()) << (source ? "" : source.error().message);
        return source ? std::move(*source) : nullptr;
    }

    KafkaMock mock_;
    KafkaSourceOptions options_;
};

TEST_F(KafkaSourceTest, ReadsEveryPartitionFromItsBeginningToAConfirmedEnd) {
    fill(3, 20);
    const auto source = open();
    EXPECT_EQ(source->partitions(),
              (std::vector<TopicPartition>{{"spans", 0}, {"spans", 1}, {"spans", 2}}));
    const Seen seen = poll_until(*source, is_all_at_end);
    for (PartitionIndex partition = 0; partition < 3; ++partition) {
        EXPECT_EQ(seen.offsets.at(partition), offsets(0, 20));
        EXPECT_EQ(seen.partitions[partition].end_offset, 20);
        EXPECT_TRUE(seen.partitions[partition].has_leader);
    }
}

TEST_F(KafkaSourceTest, HandsOutBytesHeadersAndTimeAsTheyAreInTheLog) {
    mock_.create("spans", 1);
    mock_.produce("spans", 0, "{}", 1'700'000'000'123);
    const auto source = open();
    for (int i = 0; i < kPollsMax; ++i) {
        const auto batch = source->poll(kPoll);
        ASSERT_TRUE(batch);
        if (!batch->records.empty()) {
            const Record& record = batch->records[0];
            EXPECT_EQ(record.bytes, "{}");
            EXPECT_EQ(record.content_type(), "application/json");
            EXPECT_EQ(record.timestamp_ms, 1'700'000'000'123);
            EXPECT_EQ(record.append_ms, 0) << "a producer's time is no append time";
            EXPECT_EQ(source->topics_with_create_time(), std::vector<std::string>{"spans"});
            return;
        }
    }
    FAIL() << "no record";
}

TEST_F(KafkaSourceTest, GoesOnFromTheStoresPositions) {
    fill(2, 10);
    options_.positions[{"spans", 0}] = position(0, 7);
    options_.positions[{"spans", 1}] = position(1, 10);
    const auto source = open();
    const Seen seen = poll_until(*source, is_all_at_end);
    EXPECT_EQ(seen.offsets.at(0), offsets(7, 10));
    EXPECT_FALSE(seen.offsets.contains(1));
    EXPECT_TRUE(source->gaps().empty());
}

TEST_F(KafkaSourceTest, AnEmptyPartitionIsAtItsEnd) {
    fill(2, 0);
    const auto source = open();
    const Seen seen = poll_until(*source, is_all_at_end);
    EXPECT_EQ(seen.partitions[0].end_offset, 0);
}

TEST_F(KafkaSourceTest, KeepsToTheLimitsOfABatch) {
    fill(1, 50);
    const auto source = open();
    size_t records = 0;
    for (int i = 0; i < kPollsMax && records < 50; ++i) {
        const auto batch = source->poll({.records_max = 7, .bytes_max = 40, .wait_ms = 100});
        ASSERT_TRUE(batch);
        ASSERT_LE(batch->records.size(), 4U) << "40 bytes are three records and a bit";
        records += batch->records.size();
    }
    EXPECT_EQ(records, 50U);
}

TEST_F(KafkaSourceTest, APausedPartitionIsNotReadAndLosesNothing) {
    fill(2, 30);
    const auto source = open();
    source->set_paused(0, true);
    const Seen without = poll_until(*source, [](const Seen& seen) {
        return !seen.partitions.empty() && seen.partitions[1].is_at_end;
    });
    EXPECT_FALSE(without.offsets.contains(0));
    EXPECT_FALSE(without.partitions[0].is_at_end);
    source->set_paused(0, false);
    const Seen with = poll_until(*source, is_all_at_end);
    EXPECT_EQ(with.offsets.at(0), offsets(0, 30));
    EXPECT_FALSE(with.offsets.contains(1));
}

TEST_F(KafkaSourceTest, PausingInTheMiddleAgainAndAgainLosesNothingAndRepeatsNothing) {
    fill(2, 50);
    const auto source = open();
    std::map<PartitionIndex, std::vector<int64_t>> seen;
    for (int i = 0; i < 4 * kPollsMax && seen[0].size() + seen[1].size() < 100; ++i) {
        const auto batch = source->poll({.records_max = 5, .bytes_max = 1 << 20, .wait_ms = 50});
        ASSERT_TRUE(batch);
        for (const Record& record : batch->records) {
            seen[record.partition].push_back(record.offset);
        }
        source->set_paused(0, i % 4 == 1);
        source->set_paused(1, i % 6 == 2);
    }
    EXPECT_EQ(seen[0], offsets(0, 50));
    EXPECT_EQ(seen[1], offsets(0, 50));
}

TEST_F(KafkaSourceTest, ABrokerThatIsAwayLeavesPartitionsWithoutALeaderUntilItIsBack) {
    fill(1, 10);
    const auto source = open();
    poll_until(*source, is_all_at_end);
    rd_kafka_mock_broker_set_down(mock_.cluster(), -1);
    const Seen away = poll_until(*source, [](const Seen& seen) {
        return !seen.partitions.empty() && !seen.partitions[0].has_leader;
    });
    EXPECT_FALSE(away.partitions[0].is_at_end) << "what is there now is not known";
    rd_kafka_mock_broker_set_up(mock_.cluster(), -1);
    mock_.produce("spans", 0, value(0, 10));
    const Seen back = poll_until(*source, is_all_at_end);
    EXPECT_EQ(back.offsets.at(0), offsets(10, 11));
}

// Deleted and made again between two looks at the topic: only a fetch met the moment without it.
TEST_F(KafkaSourceTest, ATopicThatWasUnknownForAMomentIsOpenedAgainBeforeAnythingElseIsRead) {
    fill(1, 10);
    const auto source = open();
    poll_until(*source, is_all_at_end);
    // Two, as the first may be lost: unlike a real broker, this one tells the end with an error,
    // and librdkafka then looks at the end alone.
    constexpr int16_t kFetch = 1;
    constexpr auto kUnknown = RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART;
    rd_kafka_mock_push_request_errors(mock_.cluster(), kFetch, 2, kUnknown, kUnknown);
    poll_until(*source, [&](const Seen&) { return source->partitions_changed(); });
    mock_.produce("spans", 0, value(0, 10));
    for (int i = 0; i < 10; ++i) {
        const auto batch = source->poll(kPoll);
        ASSERT_TRUE(batch);
        EXPECT_TRUE(batch->records.empty()) << "they may be another topic's";
    }
    options_.positions[{"spans", 0}] = position(0, 10);
    const auto again = open();
    const Seen seen = poll_until(*again, is_all_at_end);
    EXPECT_EQ(seen.offsets.at(0), offsets(10, 11));
}

TEST(UnknownTopicsTest, AreReadFromTheLogOfTheClient) {
    const std::string told = "spans [3]: broker unavailable: fetch: ";
    const std::string why = rd_kafka_err2str(RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART);
    for (const std::string thread : {"", "[thrd:127.0.0.1:9092/1]: ", "[thrd:[::1]:9092/1]: "}) {
        EXPECT_EQ(unknown_topic_of("BROKERUA", thread + told + why), "spans") << thread;
        EXPECT_EQ(unknown_topic_of("BROKERUA", thread + told + "Broker: Not leader"), "");
        EXPECT_EQ(unknown_topic_of("METADATA", thread + told + why), "");
    }
    UnknownTopics topics;
    topics.add("a");
    topics.add("b");
    EXPECT_EQ(topics.take(), (std::vector<std::string>{"a", "b"}));
    EXPECT_TRUE(topics.take().empty());
}

TEST_F(KafkaSourceTest, EndsInBoundedTimeWithoutABroker) {
    fill(1, 10);
    auto source = open();
    poll_until(*source, is_all_at_end);
    rd_kafka_mock_broker_set_down(mock_.cluster(), -1);
    source->positions_are_durable({10});
    const auto begin = std::chrono::steady_clock::now();
    source.reset();
    EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(5));
}

TEST_F(KafkaSourceTest, CommitsTheGroupsOffsetsAndTellsAStoreThatIsBehindThem) {
    fill(2, 10);
    {
        const auto source = open();
        EXPECT_TRUE(source->behind_group().empty());
        poll_until(*source, is_all_at_end);
        source->positions_are_durable({5, 6});
        source->positions_are_durable({10, 9});
    }
    options_.positions[{"spans", 0}] = position(0, 10);
    options_.positions[{"spans", 1}] = position(1, 8);
    const auto source = open();
    ASSERT_EQ(source->behind_group().size(), 1U);
    EXPECT_NE(source->behind_group()[0].find("spans/1: the store goes on from offset 8 but group "
                                             "'spantoll' has committed 9"),
              std::string::npos)
        << source->behind_group()[0];
    EXPECT_EQ(poll_until(*source, is_all_at_end).offsets.at(1), offsets(8, 10));
}

TEST_F(KafkaSourceTest, ALogThatEndsBeforeThePositionNeedsAPerson) {
    fill(1, 10);
    options_.positions[{"spans", 0}] = position(0, 12);
    const auto refused = try_open();
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().kind, ErrorKind::kConfig);
    EXPECT_NE(refused.error().message.find("spans/0: the log ends at offset 10 but the store goes "
                                           "on from 12"),
              std::string::npos)
        << refused.error().message;
    options_.gaps = GapPolicy::kAccept;
    const auto source = open();
    EXPECT_EQ(source->gaps().size(), 1U);
    EXPECT_EQ(source->start_offsets(), std::vector<int64_t>{0});
    EXPECT_EQ(poll_until(*source, is_all_at_end).offsets.at(0), offsets(0, 10));
}

TEST_F(KafkaSourceTest, AnotherLastRecordNeedsAPerson) {
    fill(1, 10);
    options_.positions[{"spans", 0}] = position(0, 5);
    options_.positions[{"spans", 0}].last.crc32c ^= 1;
    const auto refused = try_open();
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().kind, ErrorKind::kConfig);
    EXPECT_NE(refused.error().message.find("the record at offset 4 is not the one"),
              std::string::npos)
        << refused.error().message;
}

TEST_F(KafkaSourceTest, APartitionThatIsGoneNeedsAPerson) {
    fill(1, 10);
    options_.positions[{"spans", 3}] = position(3, 5);
    const auto refused = try_open();
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().kind, ErrorKind::kConfig);
    EXPECT_NE(refused.error().message.find("spans/3: the partition is gone"), std::string::npos);
}

TEST_F(KafkaSourceTest, ATopicThatIsNotThereIsAnErrorOfTheConfiguration) {
    mock_.create("other", 1);
    rd_kafka_mock_topic_set_error(
        mock_.cluster(), "spans", RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART);
    const auto refused = try_open();
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().kind, ErrorKind::kConfig);
    EXPECT_NE(refused.error().message.find("has no topic 'spans'"), std::string::npos)
        << refused.error().message;
}

TEST_F(KafkaSourceTest, ABrokerThatIsNotThereIsUnavailableInOneLine) {
    options_.settings.brokers = "127.0.0.1:1";
    const auto refused = KafkaSource::open(options_);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().kind, ErrorKind::kUnavailable);
    EXPECT_NE(refused.error().message.find("127.0.0.1:1"), std::string::npos);
    EXPECT_EQ(refused.error().message.find('\n'), std::string::npos) << refused.error().message;
}

TEST_F(KafkaSourceTest, RefusesPropertiesThatItNeedsItselfAndUnknownOnes) {
    const std::map<std::string, std::string> refusals{
        {"auto.offset.reset", "kafka.properties: auto.offset.reset is always error here"},
        {"enable.auto.commit", "is always false here"},
        {"isolation.level", "is always read_committed here"},
        {"group.id", "say group.id as kafka.group"},
        {"no.such.thing", "no.such.thing"},
        {"fetch.wait.max.ms", "fetch.wait.max.ms"},  // with a value that is no number
    };
    for (const auto& [name, text] : refusals) {
        options_.settings.properties = {{name, "x"}};
        const auto refused = try_open();
        ASSERT_FALSE(refused) << name;
        EXPECT_EQ(refused.error().kind, ErrorKind::kConfig);
        EXPECT_NE(refused.error().message.find(text), std::string::npos) << refused.error().message;
        EXPECT_EQ(refused.error().message.find('\n'), std::string::npos);
    }
}

TEST_F(KafkaSourceTest, TakesTheUsersOtherProperties) {
    fill(1, 1);
    options_.settings.properties = {{"fetch.wait.max.ms", "20"}, {"compression.type", "zstd"}};
    const auto source = open();
    ASSERT_NE(source, nullptr);
    EXPECT_EQ(poll_until(*source, is_all_at_end).offsets[0], offsets(0, 1));
}

}  // namespace
}  // namespace spantoll::ingest
