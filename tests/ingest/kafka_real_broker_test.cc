#include <thread>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "ingest/kafka/probe.h"
#include "ingest/kafka/replay.h"
#include "ingest/kafka/source.h"
#include "tests/integration/kafka_live.h"

namespace spantoll::ingest {
namespace {

class KafkaSourceLive : public KafkaLive {
  protected:
    std::unique_ptr<KafkaSource> open(GapPolicy gaps = GapPolicy::kRefuse) {
        auto source =
            KafkaSource::open({.settings = settings_, .positions = positions_, .gaps = gaps});
        EXPECT_TRUE(source.has_value()) << (source ? "" : source.error().message);
        return source ? std::move(*source) : nullptr;
    }
    Error refusal() {
        auto source = KafkaSource::open({.settings = settings_, .positions = positions_});
        EXPECT_FALSE(source.has_value());
        return source ? Error{} : source.error();
    }
    // "p<partition> <n>" for n in [from, to).
    void fill(int32_t partitions, int from, int to) const {
        const LiveProducer producer(settings_);
        for (int n = from; n < to; ++n) {
            for (int32_t partition = 0; partition < partitions; ++partition) {
                producer.append(topic_, partition, fmt::format("p{} {}", partition, n));
            }
        }
        producer.flush();
    }
    LiveReading read_all(Source& source) const {
        LiveReading reading;
        read_until(source, reading, [](const LiveReading& r) { return r.is_at_end(); });
        return reading;
    }

    std::map<TopicPartition, StartPosition> positions_;
};

TEST_F(KafkaSourceLive, ReadsFourPartitionsFromTheStoresPositionsWithAppendTimes) {
    create_topic(4);
    fill(4, 0, 100);
    const LiveReading all = read_all(*open());
    for (PartitionIndex partition = 0; partition < 4; ++partition) {
        expect_each_once(all, partition, 100);
        EXPECT_GT(all.records.at(partition)[0].fingerprint.append_ms, 1'600'000'000'000);
        EXPECT_EQ(all.partitions[partition].end_offset, 100);
    }
    positions_[{topic_, 1}] = all.position_after(1, 40);
    positions_[{topic_, 2}] = all.position_after(2, 99);
    positions_[{topic_, 3}] = all.position_after(3, 100);
    const auto source = open();
    EXPECT_TRUE(source->gaps().empty());
    EXPECT_TRUE(source->topics_with_create_time().empty());
    LiveReading rest = read_all(*source);
    EXPECT_EQ(rest.records[0].size(), 100U);
    EXPECT_EQ(rest.records[1].size(), 60U);
    EXPECT_EQ(rest.records[1][0].value, "p1 40");
    EXPECT_EQ(rest.records[2].size(), 1U);
    EXPECT_EQ(rest.records.count(3), 0U);
}

TEST_F(KafkaSourceLive, TellsThatATopicHasNoAppendTimeBeforeItsFirstRecord) {
    create_topic(1, "CreateTime");
    EXPECT_EQ(open()->topics_with_create_time(), std::vector<std::string>{topic_});
}

// A broker tells of a topic a moment before it can say anything of its partitions.
TEST_F(KafkaSourceLive, OffsetsOfPartitionsThatAreBeingMadeAreWaitedFor) {
    const auto probe = KafkaProbe::open(settings_);
    ASSERT_TRUE(probe) << probe.error().message;
    std::thread making([&] { create_topic(2); });
    const auto ranges = (*probe)->ranges({{topic_, 0}, {topic_, 1}});
    making.join();
    ASSERT_TRUE(ranges) << ranges.error().message;
    for (const OffsetRange& range : *ranges) {
        EXPECT_EQ(range.begin, 0);
        EXPECT_EQ(range.end, 0);
    }
}

TEST_F(KafkaSourceLive, PausingWhileReadingLosesNothingAndRepeatsNothing) {
    constexpr size_t kCount = 20'000;
    create_topic(4);
    fill(4, 0, static_cast<int>(kCount));
    const auto source = open();
    LiveReading reading;
    for (unsigned i = 0; i < 3000 && reading.count() < 4 * kCount; ++i) {
        ASSERT_TRUE(read_once(*source, reading, 200));
        for (PartitionIndex partition = 0; partition < 4; ++partition) {
            source->set_paused(partition, (i / (3 + partition)) % 5 == partition);
        }
    }
    for (PartitionIndex partition = 0; partition < 4; ++partition) {
        expect_each_once(reading, partition, kCount);
    }
}

TEST_F(KafkaSourceLive, ABrokerThatIsKilledAndComesBackLosesNothingAndRepeatsNothing) {
    constexpr size_t kCount = 3000;
    create_topic(4);
    const auto source = open();
    LiveReading reading;
    std::thread producing([&] { fill(4, 0, static_cast<int>(kCount)); });
    while (reading.count() < kCount && read_once(*source, reading, 100)) {
    }
    kill_broker();
    read_until(*source, reading, [](const LiveReading& r) {
        return std::none_of(r.partitions.begin(), r.partitions.end(), [](const auto& state) {
            return state.has_leader || state.is_at_end;
        });
    });
    std::thread starting([] { start_broker(); });
    read_until(*source, reading, [](const LiveReading& r) { return r.count() == 4 * kCount; });
    producing.join();
    starting.join();
    read_until(*source, reading, [](const LiveReading& r) { return r.is_at_end(); });
    for (PartitionIndex partition = 0; partition < 4; ++partition) {
        expect_each_once(reading, partition, kCount);
    }
}

TEST_F(KafkaSourceLive, ATopicThatWasMadeAgainNeedsAPerson) {
    create_topic(1);
    fill(1, 0, 10);
    const LiveReading before = read_all(*open());
    positions_[{topic_, 0}] = before.position_after(0, 5);
    administer("delete " + topic_);
    create_topic(1);
    fill(1, 100, 103);
    EXPECT_NE(refusal().message.find("the log ends at offset 3 but the store goes on from 5"),
              std::string::npos)
        << refusal().message;
    fill(1, 103, 120);
    EXPECT_EQ(refusal().kind, ErrorKind::kConfig);
    EXPECT_NE(refusal().message.find("the record at offset 4 is not the one that was read there"),
              std::string::npos)
        << refusal().message;

    const auto source = open(GapPolicy::kAccept);
    EXPECT_EQ(source->gaps().size(), 1U);
    EXPECT_EQ(source->start_offsets(), std::vector<int64_t>{0}) << "all of it is new";
    EXPECT_EQ(read_all(*source).records.at(0)[0].value, "p0 100");
}

TEST_F(KafkaSourceLive, ALogThatNoLongerHoldsThePositionNeedsAPerson) {
    create_topic(2);
    fill(2, 0, 50);
    const LiveReading all = read_all(*open());
    positions_[{topic_, 0}] = all.position_after(0, 10);
    positions_[{topic_, 1}] = all.position_after(1, 10);
    administer(fmt::format("trim {} 0 30", topic_));
    EXPECT_EQ(refusal().kind, ErrorKind::kConfig);
    EXPECT_NE(refusal().message.find("/0: the log begins at offset 30 but the store goes on from "
                                     "10, 20 offsets were removed unread"),
              std::string::npos)
        << refusal().message;
    const auto source = open(GapPolicy::kAccept);
    EXPECT_EQ(source->start_offsets(), (std::vector<int64_t>{30, 10}));
    const LiveReading rest = read_all(*source);
    EXPECT_EQ(rest.records.at(0).size(), 20U);
    EXPECT_EQ(rest.records.at(1).size(), 40U);
}

TEST_F(KafkaSourceLive, APositionThatIsRemovedWhileReadingEndsIt) {
    create_topic(1);
    fill(1, 0, 10);
    const auto source = open();
    read_all(*source);
    source->set_paused(0, true);
    fill(1, 10, 50);
    administer(fmt::format("trim {} 0 40", topic_));
    source->set_paused(0, false);
    for (int i = 0; i < 200; ++i) {
        const auto batch = source->poll({.records_max = 10, .bytes_max = 1 << 20, .wait_ms = 50});
        if (!batch) {
            EXPECT_EQ(batch.error().kind, ErrorKind::kConfig);
            EXPECT_NE(batch.error().message.find("offset 10 is no longer in the log"),
                      std::string::npos)
                << batch.error().message;
            return;
        }
        ASSERT_TRUE(batch->records.empty()) << "jumped to " << batch->records[0].offset;
    }
    FAIL() << "no error";
}

TEST_F(KafkaSourceLive, SkipsAbortedRecordsAndReachesAnEndThatIsAMarker) {
    create_topic(1);
    const LiveProducer producer(settings_, {{"transactional.id", topic_}});
    ASSERT_EQ(rd_kafka_init_transactions(producer.client(), 30'000), nullptr);
    ASSERT_EQ(rd_kafka_begin_transaction(producer.client()), nullptr);
    producer.append(topic_, 0, "p0 0");
    ASSERT_EQ(rd_kafka_commit_transaction(producer.client(), 30'000), nullptr);
    ASSERT_EQ(rd_kafka_begin_transaction(producer.client()), nullptr);
    producer.append(topic_, 0, "never");
    producer.flush();
    ASSERT_EQ(rd_kafka_abort_transaction(producer.client(), 30'000), nullptr);
    const auto source = open();
    const LiveReading reading = read_all(*source);
    expect_each_once(reading, 0, 1);
    EXPECT_EQ(reading.partitions[0].end_offset, 4) << "two records, two markers";
    EXPECT_EQ(reading.partitions[0].next_offset, 4) << "nothing is left to be removed unread";

    auto replay = KafkaReplay::open({.settings = settings_});
    ASSERT_TRUE(replay);
    LiveReading again;
    read_until(**replay, again, [](const LiveReading& r) { return r.is_finished; });
    expect_each_once(again, 0, 1);
    EXPECT_EQ(again.partitions[0].next_offset, 4);
}

// Retention over a quiet week-end: all records are removed, markers and aborted ones too.
TEST_F(KafkaSourceLive, AStartAfterTheTailOfMarkersWasRemovedIsNoGap) {
    create_topic(1);
    const LiveProducer producer(settings_, {{"transactional.id", topic_}});
    ASSERT_EQ(rd_kafka_init_transactions(producer.client(), 30'000), nullptr);
    ASSERT_EQ(rd_kafka_begin_transaction(producer.client()), nullptr);
    producer.append(topic_, 0, "p0 0");
    ASSERT_EQ(rd_kafka_commit_transaction(producer.client(), 30'000), nullptr);
    const LiveReading before = read_all(*open());
    StartPosition position = before.position_after(0, 1);
    position.next_offset = before.partitions[0].next_offset;
    positions_[{topic_, 0}] = position;
    administer(fmt::format("trim {} 0 2", topic_));
    const auto source = open();
    EXPECT_TRUE(source->gaps().empty());
    EXPECT_EQ(source->start_offsets(), std::vector<int64_t>{2});
}

TEST_F(KafkaSourceLive, NoticesPartitionsThatAreAddedLater) {
    create_topic(1);
    const auto source = open();
    read_all(*source);
    EXPECT_FALSE(source->partitions_changed());
    administer(fmt::format("partitions {} 3", topic_));
    LiveReading reading;
    read_until(*source, reading, [&](const LiveReading&) { return source->partitions_changed(); });
    EXPECT_EQ(open()->partitions().size(), 3U);
}

TEST_F(KafkaSourceLive, TwoReplaysAreEqualAndInTheOrderOfTheHeadsTimes) {
    create_topic(4);
    fill(4, 0, 2000);
    std::vector<std::vector<std::string>> runs;
    for (const size_t records_max : {size_t{1000}, size_t{7}}) {
        auto replay = KafkaReplay::open({.settings = settings_});
        ASSERT_TRUE(replay) << replay.error().message;
        std::vector<std::string> values;
        int64_t time_ms = 0;
        for (bool is_finished = false; !is_finished;) {
            const auto batch = (*replay)->poll(
                {.records_max = records_max, .bytes_max = 1 << 20, .wait_ms = 1000});
            ASSERT_TRUE(batch);
            for (const Record& record : batch->records) {
                values.emplace_back(record.bytes);
                ASSERT_GE(record.append_ms, time_ms) << "append times of a log ascend";
                time_ms = record.append_ms;
            }
            is_finished = batch->is_finished;
        }
        EXPECT_EQ(values.size(), 8000U);
        runs.push_back(std::move(values));
    }
    EXPECT_EQ(runs[0], runs[1]);
}

}  // namespace
}  // namespace spantoll::ingest
