#include "tests/tools/engine/random_spans.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

namespace spantoll::tools {
namespace {

constexpr int64_t kStartMs = 1'772'323'200'000;  // 2026-03-01T00:00Z

class RandomSpans {
  public:
    RandomSpans(uint64_t seed, RandomTraffic traffic) : random_(seed), traffic_(traffic) {}

    RandomRecord record() {
        now_ms_ += below(20) == 0 ? below(int64_t{30} * 60'000) : below(traffic_.step_ms);
        const int64_t spans = 1 + below(3);
        std::string bytes;
        for (int64_t i = 0; i < spans; ++i) {
            bytes += (i == 0 ? "[" : ",") + span();
        }
        return {bytes + "]", now_ms_};
    }

  private:
    // The engine's own reduction, so that every library gives the same sequence.
    int64_t below(int64_t bound) {
        return static_cast<int64_t>(random_() % static_cast<uint64_t>(bound));
    }

    std::string span() {
        if (!last_.empty() && below(15) == 0) {
            return last_;
        }
        last_ = new_span();
        return last_;
    }

    std::string new_span() {
        int64_t time_ms = now_ms_ - below(5'000);
        if (below(12) == 0) {
            time_ms -= below(int64_t{26} * 3'600'000);
        }
        if (below(60) == 0) {
            time_ms = now_ms_ + 90'000;  // from the future: clamped or refused
        }
        const int64_t id = ++ids_;
        std::string json =
            fmt::format(R"({{"time_ms":{},"service":"s{}","domain":"d{}.example","user":"u{}")",
                        time_ms,
                        below(7),
                        below(below(3) == 0 ? 12 : 3),
                        below(4));
        if (below(3) != 0) {  // for ten minutes, and sometimes once more
            const int64_t number = now_ms_ / 600'000 - (below(10) == 0 ? below(5) : 0);
            json += fmt::format(R"(,"session":"r{}-{}")", number, below(4));
        }
        json += fmt::format(R"(,"trace_id":"{:032x}","span_id":"{:016x}")", id, id);
        json += fmt::format(R"(,"ingress_bytes":{},"egress_bytes":{})", below(1000), below(1000));
        json += fmt::format(R"(,"status":"{}")", below(5) == 0 ? "error" : "ok");
        if (traffic_.is_of_money && below(10) != 0) {
            const bool is_credit = below(12) == 0;
            return json + fmt::format(R"(,"cost_usd":"{}0.{:012}","is_credit":{}}})",
                                      is_credit ? "-" : "",
                                      below(1'000'000'000'000),
                                      is_credit);
        }
        if (traffic_.has_priced_usage && below(10) != 0) {
            return json + priced_usage() + "}";
        }
        if (below(4) == 0) {
            json += R"(,"cost_usd":"0")";  // such accounts may have to give way
        } else if (below(3) != 0) {
            json += fmt::format(R"(,"cost_usd":"{}.{:012}")", below(3), below(1'000'000'000'000));
        }
        json += fmt::format(
            R"(,"usage":[{{"meter":"input_tokens","quantity":{}}},{{"meter":"gpu_ms","quantity":{}}}])",
            below(500),
            below(3));
        if (below(10) == 0) {
            json += fmt::format(R"(,"is_streaming":true,"is_final_chunk":{},"has_usage_data":{})",
                                below(2) == 0,
                                below(2) == 0);
        }
        return json + "}";
    }

    // Few spans have more meters than the pane buffer has slots, or a quantity that it cannot have.
    std::string priced_usage() {
        constexpr std::array kMeters{
            "input_tokens", "output_tokens", "cache_read_tokens", "m3", "m4", "m5", "m6"};
        const int64_t count = below(8) == 0 ? 7 : 1 + below(4);
        const int64_t from = below(6) == 0 ? below(4) : 0;
        std::string json = R"(,"usage":[)";
        for (int64_t i = 0; i < count; ++i) {
            const int64_t quantity = below(200) == 0 ? int64_t{1} << 33 : below(400);
            json += fmt::format(R"({}{{"meter":"{}","quantity":{}}})",
                                i == 0 ? "" : ",",
                                kMeters[static_cast<size_t>((from + i) % 7)],
                                quantity);
        }
        return json + "]";
    }

    std::mt19937_64 random_;
    const RandomTraffic traffic_;
    int64_t now_ms_ = kStartMs;
    int64_t ids_ = 0;
    std::string last_;
};

constexpr std::string_view kLimitsOnSessions = R"([[limit]]
name = "session-20m"
kind = "session"
meter = "usd"
amount = "3"
window = "rolling 20m"
judge = "total"
steps = [[50, "warn"], [100, "block"]]
[[limit]]
name = "run-hour"
kind = "run"
meter = "tokens"
amount = 600
window = "hour"
judge = "total"
steps = [[100, "throttle"]]
)";

// Windows that begin where others do not.
std::string window_limits() {
    return R"(
[[limit]]
name = "own-90m"
kind = "team"
meter = "requests"
amount = 6
window = "every 90m"
anchor = "first"
judge = "total"
steps = [[50, "warn"], [100, "block"]]
[[limit]]
name = "own-ok"
kind = "service"
meter = "requests"
count_failed = false
amount = 5
window = "every 2h"
anchor = "first"
judge = "total"
steps = [[100, "block"]]
[[limit]]
name = "shifted-hour"
kind = "customer"
meter = "usd"
amount = "4"
window = "hour"
zone = "Asia/Kathmandu"
judge = "total"
steps = [[100, "block"]]
[[limit]]
name = "half-past"
kind = "domain"
meter = "tokens"
amount = 900
window = "every 1h"
anchor = "2026-01-01T00:30:15.500Z"
judge = "total"
steps = [[100, "block"]]
[[limit]]
name = "prepaid"
kind = "user"
meter = "usd"
amount = "30"
window = "lifetime"
judge = "total"
steps = [[50, "warn"], [100, "block"]]
)";
}

}  // namespace

std::vector<RandomRecord> random_records(uint64_t seed, size_t count, RandomTraffic traffic) {
    RandomSpans spans(seed, traffic);
    std::vector<RandomRecord> records;
    for (size_t i = 0; i < count; ++i) {
        records.push_back(spans.record());
    }
    return records;
}

std::string random_spans_configuration() {
    return R"(
periods = ["hour", "day", "week", "month"]
[time]
dedup_horizon = "20m"
[retention]
hour = "1d"
decisions = "1d"
[accounts]
max_per_kind = 5
kinds = { service_user = ["service", "user"], run = ["session", "service"] }
short_lived = ["customer", "run"]
parents = { "user:u1" = ["team:a"], "service:s1" = ["team:a", "team:b"], "team:a" = ["customer:c"] }
[[price]]
meter = "input_tokens"
usd = "30"
per = 7000
[[limit]]
name = "total-2h"
kind = "all"
meter = "usd"
amount = "6"
window = "rolling 2h"
judge = "total"
steps = [[50, "warn"], [80, "throttle"], [100, "block"]]
ttl = "20m"
[[limit]]
name = "requests-hour"
kind = "service"
meter = "requests"
amount = 4
overrides = { "service:s1" = 9, "service:s3" = 0 }
window = "hour"
judge = "total"
steps = [[50, "warn"], [100, "block"]]
[[limit]]
name = "tokens-5h"
kind = "domain"
where = { domain = "d1*" }
meter = "tokens"
amount = 3000
window = "every 5h"
judge = "total"
steps = [[100, "quarantine"]]
shadow = true
[[limit]]
name = "ema-30m"
kind = "user"
meter = "ingress_bytes"
amount = 1500
window = "rolling 30m"
judge = "ema"
alpha = "1/5"
ttl = "15m"
[[limit]]
name = "ema-day"
kind = "service"
meter = "usd"
amount = "40"
window = "rolling 24h"
judge = "ema"
consecutive = 2
)" + window_limits() +
           std::string(kLimitsOnSessions);
}

std::string random_money_configuration() {
    return R"(
periods = ["hour", "day", "month"]
[time]
dedup_horizon = "20m"
future = "refuse"
[retention]
hour = "1d"
[accounts]
short_lived = ["domain"]
accept_credits = true
max_per_kind = 5
parents = { "user:u1" = ["team:a"], "service:s1" = ["team:a", "team:b"], "team:a" = ["customer:c"] }
[[limit]]
name = "total-2h"
kind = "all"
meter = "usd"
amount = "120"
window = "rolling 2h"
judge = "total"
steps = [[50, "warn"], [80, "throttle"], [100, "block"]]
ttl = "20m"
[[limit]]
name = "total-5m"
kind = "user"
meter = "usd"
amount = "20"
window = "rolling 5m"
judge = "total"
steps = [[100, "throttle"]]
[[limit]]
name = "hour"
kind = "service"
meter = "usd"
amount = "90"
window = "hour"
judge = "total"
steps = [[50, "warn"], [100, "block"]]
[[limit]]
name = "ema"
kind = "domain"
meter = "usd"
amount = "30"
window = "rolling 30m"
judge = "ema"
alpha = "1/5"
ttl = "15m"
)";
}

std::string random_usage_configuration() {
    std::string prices;
    for (const char* meter :
         {"input_tokens", "output_tokens", "cache_read_tokens", "m3", "m4", "m5", "m6"}) {
        prices += fmt::format("[[price]]\nmeter = \"{}\"\nusd = \"1\"\nper = 1000\n", meter);
    }
    return R"(
periods = ["hour", "day", "month"]
[time]
dedup_horizon = "20m"
[retention]
hour = "1d"
[accounts]
max_per_kind = 5
parents = { "user:u1" = ["team:a"], "service:s1" = ["team:a", "team:b"], "team:a" = ["customer:c"] }
[[limit]]
name = "tokens-2h"
kind = "all"
meter = "tokens"
amount = 60000
window = "rolling 2h"
judge = "total"
steps = [[50, "warn"], [80, "throttle"], [100, "block"]]
ttl = "20m"
[[limit]]
name = "usd-5m"
kind = "user"
meter = "usd"
amount = "20"
window = "rolling 5m"
judge = "total"
steps = [[100, "throttle"]]
[[limit]]
name = "requests-hour"
kind = "domain"
meter = "requests"
amount = 60
window = "hour"
judge = "total"
steps = [[50, "warn"], [100, "block"]]
[[limit]]
name = "tokens-hour"
kind = "service"
meter = "tokens"
amount = 9000
window = "hour"
judge = "total"
steps = [[50, "warn"], [100, "block"]]
[[limit]]
name = "ok-2h"
kind = "user"
meter = "usd"
count_failed = false
amount = "40"
overrides = { "user:u2" = "15" }
window = "rolling 2h"
judge = "total"
steps = [[50, "warn"], [100, "block"]]
[[limit]]
name = "ok-hour"
kind = "service"
meter = "requests"
count_failed = false
amount = 8
window = "hour"
judge = "total"
steps = [[100, "throttle"]]
[[limit]]
name = "ema"
kind = "domain"
meter = "tokens"
amount = 3000
window = "rolling 30m"
judge = "ema"
alpha = "1/5"
ttl = "15m"
)" + prices;
}

}  // namespace spantoll::tools
