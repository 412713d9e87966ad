#pragma once

#include <string>
#include <utility>
#include <vector>

#include "schemas/decision.h"
#include "schemas/refusal.h"

namespace spantoll::enforce {

// A decision or a dead letter as a message of its topic.
struct KafkaMessage {
    std::string key;
    std::string payload;
    std::vector<std::pair<std::string, std::string>> headers;
};

// The JSON by account, with the headers of CloudEvents 1.0 in binary mode; ce_id is the decision's
// id.
KafkaMessage to_kafka_message(const Decision& decision);

// The record's bytes (cut) by topic/partition/offset, with its position and the reasons as headers.
KafkaMessage to_kafka_message(const DeadLetter& letter);

}  // namespace spantoll::enforce
