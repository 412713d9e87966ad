#include <map>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "ingest/kafka/replay.h"
#include "tests/ingest/kafka_mock.h"

namespace spantoll::ingest {
namespace {

constexpr int64_t kTime = 1'700'000'000'000;
constexpr int kPollsMax = 100;

// All that a replay of the topic "spans" hands out, "<partition>:<value>".
class KafkaReplayTest : public ::testing::Test {
  protected:
    KafkaReplayTest() {
        options_.settings.brokers = mock_.brokers();
        options_.settings.topics = {"spans"};
    }
    std::unique_ptr<KafkaReplay> open() {
        auto replay = KafkaReplay::open(options_);
        EXPECT_TRUE(replay.has_value()) << (replay ? "" : replay.error().message);
        return replay ? std::move(*replay) : nullptr;
    }
    static std::vector<std::string> read(KafkaReplay& replay) {
        std::vector<std::string> values;
        for (int i = 0; i < kPollsMax; ++i) {
            const auto batch =
                replay.poll({.records_max = 3, .bytes_max = 1 << 20, .wait_ms = 1000});
            EXPECT_TRUE(batch.has_value()) << (batch ? "" : batch.error().message);
            if (!batch) {
                return values;
            }
            for (const Record& record : batch->records) {
                values.push_back(std::to_string(record.partition) + ":" +
                                 std::string(record.bytes));
            }
            if (batch->is_finished) {
                for (const PartitionState& state : batch->partitions) {
                    EXPECT_TRUE(state.is_at_end);
                }
                return values;
            }
        }
        ADD_FAILURE() << "not finished within " << kPollsMax << " polls";
        return values;
    }

    KafkaMock mock_;
    KafkaReplayOptions options_;
};

TEST_F(KafkaReplayTest, MergesPartitionsByTheTimesOfTheirHeads) {
    mock_.create("spans", 3);
    mock_.produce("spans", 0, "a", kTime + 1);
    mock_.produce("spans", 0, "d", kTime + 4);
    mock_.produce("spans", 1, "b", kTime + 2);
    mock_.produce("spans", 1, "c", kTime + 3);
    mock_.produce("spans", 1, "e", kTime + 4);
    EXPECT_EQ(read(*open()), (std::vector<std::string>{"0:a", "1:b", "1:c", "0:d", "1:e"}));
}

TEST_F(KafkaReplayTest, ARecordThatIsOlderThanTheOneBeforeItDoesNotOvertakeIt) {
    mock_.create("spans", 2);
    mock_.produce("spans", 0, "late", kTime + 5);
    mock_.produce("spans", 0, "early", kTime);
    mock_.produce("spans", 1, "middle", kTime + 2);
    EXPECT_EQ(read(*open()), (std::vector<std::string>{"1:middle", "0:late", "0:early"}));
}

TEST_F(KafkaReplayTest, EndsWhereTheLogEndedWhenItWasOpened) {
    mock_.create("spans", 2);
    mock_.produce("spans", 0, "a", kTime);
    const auto replay = open();
    mock_.produce("spans", 0, "later", kTime);
    mock_.produce("spans", 1, "later", kTime);
    EXPECT_EQ(read(*replay), std::vector<std::string>{"0:a"});
}

TEST_F(KafkaReplayTest, ReadsFromAnOffsetToAnOffsetWhereAPartitionHasThem) {
    mock_.create("spans", 2);
    for (const char* value : {"a", "b", "c", "d"}) {
        mock_.produce("spans", 0, value, kTime);
    }
    mock_.produce("spans", 1, "x", kTime);
    options_.from = {.kind = LogPlace::Kind::kOffset, .value = 1};
    options_.to = {.kind = LogPlace::Kind::kOffset, .value = 3};
    EXPECT_EQ(read(*open()), (std::vector<std::string>{"0:b", "0:c"}));
}

TEST_F(KafkaReplayTest, AnEmptyTopicIsFinishedAtOnce) {
    mock_.create("spans", 2);
    EXPECT_TRUE(read(*open()).empty());
}

}  // namespace
}  // namespace spantoll::ingest
