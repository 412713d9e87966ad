#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "schemas/error.h"
#include "schemas/limit.h"
#include "store/codec/stored_rows.h"
#include "tools/access/caller.h"
#include "tools/control/command_queue.h"

namespace spantoll::tools {

// One record to be appended to the embedded topic.
struct PostedRecord {
    std::string content_type;  // one of content_type_of() in schemas/format.h
    std::string bytes;
    std::string set = {};  // as in ingest/posted_as.h
};

// Where a group of records stands in the log: the i-th at first_offset + i.
struct PostedAt {
    int64_t first_offset = 0;
    int64_t append_ms = 0;
};

// A flag in force now: a row of ENFORCE on the account or on one of its parents. Now is the wall
// clock, or the watermark where that is later: a flag whose valid_until_ms has come is none.
struct CheckFlag {
    std::string account;  // whose flag it is
    std::string limit;
    Action action = Action::kNone;
    int64_t since_ms = 0;
    std::optional<int64_t> valid_until_ms;
};

// An account beyond max_per_kind, the one asked for or a parent: it would be charged to its kind's
// ~other.
struct CheckOverflow {
    std::string account;
    std::string charged_to;
    std::string limit;  // that refuses such a name; empty where none does
};

// A limit that does not let an account spend while nobody can be sure of the numbers.
struct CheckDoubt {
    std::string reason;  // stale, cold
    std::string account;
    std::string limit;
};

struct CheckAnswer {
    std::string refusal;       // not empty: no account could be written so; one sentence
    std::string key_reason{};  // key_unknown, key_inactive, key_expired; empty: none
    std::vector<CheckFlag> flags;
    std::vector<CheckOverflow> overflows;
    bool is_stale = false;             // lag_ms is more than [check] max_lag
    bool is_cold = false;              // the input was never read to its end
    std::vector<CheckDoubt> doubts{};  // then: of limits with on_lag or on_cold = "refuse"
    std::optional<int64_t> as_of_ms;   // empty while the watermark is unset
    std::optional<int64_t> lag_ms;
};

// Which accounts to list.
struct AccountsQuery {
    enum class Sort : uint8_t { kName, kMonth, kDay };  // by amount: the most first
    std::string kind;                                   // empty: of all kinds
    std::string prefix;                                 // of the account as written in keys
    Sort sort = Sort::kName;
    std::string after;  // the last account of the page before; empty: from the beginning
    size_t count_max = 100;
};

struct ReadyAnswer {
    bool is_ready = false;
    std::string reason;  // where not ready: one sentence
    std::string json;    // one object: the partitions, and which of them bind the watermark
};

// The policy that holds, and the number of the command that brought it.
struct PolicyView {
    std::string toml;
    uint64_t number = 0;
};

// What the listener asks of the processor; all it knows of it. The functions must live, and may be
// called, until HttpServer::stop() has returned. None of them throws.
struct HttpBackend {
    // Appends a group with one fsync and returns after it. One thread of its own calls it, one
    // group at a time. kUnavailable: the log or the outbox is full. Empty where the source is
    // Kafka.
    std::function<Result<PostedAt>(std::vector<PostedRecord> records)> append;
    // Decisions after a sequence, in order, at most `count`. Any of several threads; may block.
    std::function<Result<std::vector<store::StoredDecision>>(uint64_t after, size_t count)>
        decisions;
    // No decision has a higher sequence; empty while that is not known. Answers at once. Any
    // thread.
    std::function<std::optional<uint64_t>()> last_sequence;
    // Everything about an account as one JSON object, without parents that may not be seen; empty
    // where it is not known. kUsage: no account could be written so. kUnavailable: the engine did
    // not answer in time. Any of several threads; may block for a second.
    std::function<Result<std::optional<std::string>>(std::string_view account, const Sees& sees)>
        account_json;
    // Answers at once: the thread that serves all connections calls it.
    std::function<CheckAnswer(std::string_view account)> check;
    // The accounts above an account, as the policy has them now. Answers at once.
    AncestorsOf ancestors;
    // POST /v1/check: the answer to a body, one object of JSON. kUsage: what is wrong with it.
    // kUnavailable: the totals are not loaded yet. Answers at once, a large body after some
    // milliseconds. Any thread.
    std::function<Result<std::string>(std::string_view body, const Sees& sees)> checks;
    // GET /v1/levels, /v1/accounts, /v1/limits, as tools/answers/lists.h makes them. kUsage,
    // kUnavailable. Any of several threads; may block for a second. Nothing is in them that may not
    // be seen.
    std::function<Result<std::string>(const Sees& sees)> levels;
    std::function<Result<std::string>(const AccountsQuery& query, const Sees& sees)> accounts;
    std::function<std::string()> limits;
    // Hands a command to the engine and waits for its commit, five seconds at most. Any of several
    // threads; blocks.
    std::function<CommandAnswer(CommandRequest request)> command;
    // Commands from a number on, each one object of JSON. Any of several threads; may block.
    std::function<Result<std::vector<std::string>>(uint64_t from, size_t count)> commands;
    // The grants that act and whose accounts may be seen, each one object of JSON, by number; those
    // on one account, also by "*", where it is not empty. kUsage where that is not an account. Any
    // of several threads; may block.
    std::function<Result<std::vector<std::string>>(const Sees& sees, const std::string& account)>
        grants;
    // See make_backup() in tools/answers/backup.h. Any of several threads; blocks.
    std::function<Result<std::string>()> backup;
    // The virtual keys that hold and may be seen, each one object of JSON, by name. Any of several
    // threads.
    std::function<Result<std::vector<std::string>>(const Sees& sees)> keys;
    // Any of several threads.
    std::function<PolicyView()> policy;
    // How far W is behind the wall clock; empty while it is unset. Answers at once.
    std::function<std::optional<int64_t>()> lag_ms;
    // The processor's part of the Prometheus text. Any of several threads; may block.
    std::function<std::string()> metrics;
    // Answers at once: the thread that serves all connections calls it.
    std::function<ReadyAnswer()> ready;
};

}  // namespace spantoll::tools
