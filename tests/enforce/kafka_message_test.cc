#include <gtest/gtest.h>

#include "enforce/kafka/message.h"
#include "schemas/text/decision_json.h"

namespace spantoll::enforce {
namespace {

using Headers = std::vector<std::pair<std::string, std::string>>;

TEST(KafkaMessage, OfADecisionIsACloudEventInBinaryMode) {
    Decision decision;
    decision.number = 1;
    decision.effective_ms = 1'772'323'210'007;
    decision.account = "x.org";
    decision.limit = "peer-day";
    const KafkaMessage message = to_kafka_message(decision);
    EXPECT_EQ(message.key, "x.org");
    EXPECT_EQ(message.payload, decision_json(decision));
    EXPECT_EQ(message.headers,
              (Headers{{"ce_specversion", "1.0"},
                       {"ce_id", decision_id(decision)},
                       {"ce_source", "spantoll"},
                       {"ce_type", "spantoll.decision.v1"},
                       {"ce_time", "2026-03-01T00:00:10.007Z"},
                       {"ce_subject", "x.org"},
                       {"content-type", "application/json"}}));
}

TEST(KafkaMessage, OfADeadLetterHasTheRecordsBytesAndWhatIsKnownOfIt) {
    DeadLetter letter;
    letter.sequence = 9;
    letter.topic = "spans";
    letter.partition = 3;
    letter.offset = 41;
    letter.refused = {{0, Refusal::kFuture}, {7, Refusal::kNoAccount}};
    letter.size = 70'000;
    letter.bytes = std::string("\0{", 2);
    letter.content_type = "application/json";
    letter.detail = "One sentence.";
    const KafkaMessage message = to_kafka_message(letter);
    EXPECT_EQ(message.key, "spans/3/41");
    EXPECT_EQ(message.payload, letter.bytes);
    EXPECT_EQ(message.headers,
              (Headers{{"spantoll_version", "1"},
                       {"spantoll_reason", "future"},
                       {"spantoll_reasons", "0:future,7:no_account"},
                       {"spantoll_detail", "One sentence."},
                       {"spantoll_topic", "spans"},
                       {"spantoll_partition", "3"},
                       {"spantoll_offset", "41"},
                       {"spantoll_size", "70000"},
                       {"content-type", "application/json"}}));
}

}  // namespace
}  // namespace spantoll::enforce
