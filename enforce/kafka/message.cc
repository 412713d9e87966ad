#include "enforce/kafka/message.h"

#include <fmt/format.h>

#include "schemas/check.h"
#include "schemas/rfc3339.h"
#include "schemas/text/decision_json.h"

namespace spantoll::enforce {
KafkaMessage to_kafka_message(const Decision& decision) {
    return {decision.account,
            decision_json(decision),
            {{"ce_specversion", "1.0"},
             {"ce_id", decision_id(decision)},
             {"ce_source", "spantoll"},
             {"ce_type", "spantoll.decision.v1"},
             {"ce_time", rfc3339(decision.effective_ms)},
             {"ce_subject", decision.account},
             {"content-type", "application/json"}}};
}

KafkaMessage to_kafka_message(const DeadLetter& letter) {
    CHECK(!letter.refused.empty(), "a dead letter has a reason");
    std::string reasons;
    for (const auto& [index, reason] : letter.refused) {
        reasons += fmt::format("{}{}:{}", reasons.empty() ? "" : ",", index, name_of(reason));
    }
    return {fmt::format("{}/{}/{}", letter.topic, letter.partition, letter.offset),
            letter.bytes,
            {{"spantoll_version", "1"},
             {"spantoll_reason", std::string(name_of(letter.refused.front().second))},
             {"spantoll_reasons", reasons},
             {"spantoll_detail", letter.detail},
             {"spantoll_topic", letter.topic},
             {"spantoll_partition", std::to_string(letter.partition)},
             {"spantoll_offset", std::to_string(letter.offset)},
             {"spantoll_size", std::to_string(letter.size)},
             {"content-type", letter.content_type}}};
}

}  // namespace spantoll::enforce
