#pragma once

#include <cstdlib>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "ingest/kafka/handles.h"
#include "ingest/source.h"
#include "schemas/crc32c.h"
#include "schemas/settings.h"

namespace spantoll {

// What a test program that tests/integration/kafka_broker.py runs can do with its broker. Each
// test has topics of its own.
class KafkaLive : public ::testing::Test {
  protected:
    void SetUp() override {
        if (std::getenv("SPANTOLL_KAFKA_BROKERS") == nullptr) {
            GTEST_SKIP() << "SKIPPED: run me by tests/integration/kafka_broker.py";
        }
        settings_.brokers = std::getenv("SPANTOLL_KAFKA_BROKERS");
        const auto* test = ::testing::UnitTest::GetInstance()->current_test_info();
        topic_ = fmt::format("{}.{}", test->test_suite_name(), test->name());
        settings_.topics = {topic_};
        settings_.group = topic_;
        settings_.decisions = topic_ + ".decisions";
        settings_.dead_letters = topic_ + ".dead-letters";
    }

    // "create T 4 key=value", "delete T", "partitions T 6", "trim T 0 100".
    void administer(const std::string& command) const {
        run(fmt::format(
            "python3 {}/kafka_admin.py {} {}", SPANTOLL_INTEGRATION, settings_.brokers, command));
    }
    void create_topic(int partitions, std::string_view time = "LogAppendTime") const {
        administer(fmt::format("create {} {} message.timestamp.type={}", topic_, partitions, time));
    }
    static void kill_broker() {
        run("$SPANTOLL_KAFKA_SERVER stop --hard --dir $SPANTOLL_KAFKA_DIR");
    }
    static void start_broker() {
        // Into a file, because a pipe of ctest's would stay open in the broker.
        run("$SPANTOLL_KAFKA_SERVER start --dir $SPANTOLL_KAFKA_DIR --port $SPANTOLL_KAFKA_PORT "
            "--version $SPANTOLL_KAFKA_VERSION >$SPANTOLL_KAFKA_DIR/start.log 2>&1");
    }

    KafkaSettings settings_;
    std::string topic_;

  private:
    static void run(const std::string& command) {
        ASSERT_EQ(std::system(command.c_str()), 0) << command;  // NOLINT(cert-env33-c)
    }
};

// Appends records to a topic, in order for each partition, whatever the broker does.
class LiveProducer {
  public:
    explicit LiveProducer(const KafkaSettings& settings,
                          const std::map<std::string, std::string>& properties = {}) {
        rd_kafka_conf_t* conf = rd_kafka_conf_new();
        rd_kafka_conf_set(conf, "bootstrap.servers", settings.brokers.c_str(), nullptr, 0);
        rd_kafka_conf_set(conf, "enable.idempotence", "true", nullptr, 0);
        rd_kafka_conf_set(conf, "linger.ms", "1", nullptr, 0);
        rd_kafka_conf_set(conf, "log_level", "0", nullptr, 0);
        for (const auto& [name, value] : properties) {
            rd_kafka_conf_set(conf, name.c_str(), value.c_str(), nullptr, 0);
        }
        client_.reset(rd_kafka_new(RD_KAFKA_PRODUCER, conf, nullptr, 0));
    }
    rd_kafka_t* client() const { return client_.get(); }

    void append(const std::string& topic, int32_t partition, const std::string& value) const {
        const auto code =
            rd_kafka_producev(client_.get(),
                              RD_KAFKA_V_TOPIC(topic.c_str()),
                              RD_KAFKA_V_PARTITION(partition),
                              RD_KAFKA_V_VALUE(const_cast<char*>(value.data()), value.size()),
                              RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY | RD_KAFKA_MSG_F_BLOCK),
                              RD_KAFKA_V_END);
        EXPECT_EQ(code, RD_KAFKA_RESP_ERR_NO_ERROR) << rd_kafka_err2str(code);
    }
    void flush() const { EXPECT_EQ(rd_kafka_flush(client_.get(), 60'000), 0); }

  private:
    ingest::KafkaClient client_;
};

// What came out of a source.
struct LiveReading {
    struct One {
        int64_t offset = 0;
        std::string value;
        Fingerprint fingerprint;
    };
    std::map<PartitionIndex, std::vector<One>> records;
    std::vector<ingest::PartitionState> partitions;
    bool is_finished = false;

    bool is_at_end() const {
        bool all = !partitions.empty();
        for (const ingest::PartitionState& state : partitions) {
            all = all && state.is_at_end;
        }
        return all;
    }
    size_t count() const {
        size_t sum = 0;
        for (const auto& [partition, list] : records) {
            sum += list.size();
        }
        return sum;
    }
    ingest::StartPosition position_after(PartitionIndex partition, size_t count) const {
        const One& last = records.at(partition).at(count - 1);
        return {
            .next_offset = last.offset + 1, .last_offset = last.offset, .last = last.fingerprint};
    }
};

// One poll into `reading`; false where it failed.
inline bool read_once(ingest::Source& source, LiveReading& reading, size_t records_max = 1000) {
    auto batch = source.poll({.records_max = records_max, .bytes_max = 1 << 20, .wait_ms = 50});
    EXPECT_TRUE(batch.has_value()) << (batch ? "" : batch.error().message);
    if (!batch) {
        return false;
    }
    for (const ingest::Record& record : batch->records) {
        reading.records[record.partition].push_back(
            {.offset = record.offset,
             .value = std::string(record.bytes),
             .fingerprint = {.append_ms = record.append_ms,
                             .size = static_cast<uint32_t>(record.bytes.size()),
                             .crc32c = crc32c(record.bytes)}});
    }
    reading.partitions = batch->partitions;
    reading.is_finished = batch->is_finished;
    return true;
}

inline void read_until(ingest::Source& source,
                       LiveReading& reading,
                       const std::function<bool(const LiveReading&)>& is_enough) {
    constexpr int kPollsMax = 2000;
    for (int i = 0; i < kPollsMax; ++i) {
        if (!read_once(source, reading) || is_enough(reading)) {
            return;
        }
    }
    FAIL() << "not within " << kPollsMax << " polls; " << reading.count() << " records so far";
}

// "p3 0", "p3 1", ...: every value once, each offset above the one before.
inline void expect_each_once(const LiveReading& reading, PartitionIndex partition, size_t count) {
    const auto found = reading.records.find(partition);
    ASSERT_NE(found, reading.records.end());
    ASSERT_EQ(found->second.size(), count);
    for (size_t i = 0; i < count; ++i) {
        ASSERT_EQ(found->second[i].value, fmt::format("p{} {}", partition, i));
        ASSERT_TRUE(i == 0 || found->second[i].offset > found->second[i - 1].offset);
    }
}

}  // namespace spantoll
