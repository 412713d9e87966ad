#include "tools/answers/run_backend.h"

#include <algorithm>
#include <functional>
#include <limits>
#include <utility>

#include "ingest/naming.h"
#include "schemas/ancestors.h"
#include "store/codec/command_row.h"
#include "tools/answers/account_view.h"
#include "tools/answers/backup.h"
#include "tools/answers/lists.h"
#include "tools/answers/status_text.h"
#include "tools/checks/check_reply.h"
#include "tools/checks/check_request.h"
#include "tools/checks/checker.h"
#include "tools/configuration/configuration.h"
#include "tools/control/command_outcome.h"
#include "tools/control/key_command.h"

namespace spantoll::tools {
namespace {

constexpr int64_t kAnswerWaitMs = 1000;
// A record that comes while the state is being loaded waits this long for it; clients wait longer.
constexpr int64_t kAppendWaitMs = 20'000;

// What takes longer is answered with its number.
constexpr int64_t kCommandWaitMs = 5'000;

constexpr const char* kStarting = "spantoll is starting: its state is being loaded";

Result<PostedAt> append(const BackendParts& parts, std::vector<PostedRecord> records) {
    store::TopicLog* log = parts.gate->wait(kAppendWaitMs).log;
    if (log == nullptr) {
        return failure(ErrorKind::kUnavailable, kStarting);
    }
    if (parts.status->get().is_outbox_full) {
        return failure(ErrorKind::kUnavailable,
                       "the outbox is full: decisions are not being taken");
    }
    std::vector<store::TopicLog::Appending> appending;
    appending.reserve(records.size());
    for (PostedRecord& record : records) {
        appending.push_back(
            {std::move(record.content_type), std::move(record.bytes), std::move(record.set)});
    }
    const Result<store::TopicLog::Appended> appended =
        log->append(std::move(appending), parts.clock->now().ms);
    if (!appended) {
        return tl::make_unexpected(appended.error());
    }
    return PostedAt{appended->first_offset, appended->append_ms};
}

Result<std::vector<store::StoredDecision>> decisions(const BackendParts& parts,
                                                     uint64_t after,
                                                     size_t count) {
    if (after == std::numeric_limits<uint64_t>::max()) {
        return std::vector<store::StoredDecision>();  // nothing can come after it
    }
    return parts.store->read_decisions(after, count);
}

// Lets the engine's thread answer between two steps; kUnavailable where it does not come round to
// it.
Result<void> ask_engine(const BackendParts& parts, const std::function<void(Engine&)>& question) {
    Pipeline* pipeline = parts.gate->wait(kAnswerWaitMs).pipeline;
    if (pipeline == nullptr) {
        return failure(ErrorKind::kUnavailable, kStarting);
    }
    if (!pipeline->ask(question, kAnswerWaitMs)) {
        return failure(ErrorKind::kUnavailable, "the engine is busy; ask again");
    }
    return {};
}

Result<std::optional<std::string>> describe(const BackendParts& parts,
                                            std::string_view account,
                                            const Sees& sees) {
    const AccountKinds kinds(parts.policy->get()->settings.accounts.kinds);
    if (const Result<KindIndex> kind = ingest::check_account(kinds, account); !kind) {
        return failure(ErrorKind::kUsage, kind.error().message);
    }
    std::optional<std::string> json;
    const Result<void> asked =
        ask_engine(parts, [&](Engine& engine) { json = account_json(engine, account, sees); });
    if (!asked) {
        return tl::make_unexpected(asked.error());
    }
    return json;
}

// What the wall clock says, but not more than has passed since the listener began, and a minute: a
// clock that is set far ahead by mistake must not lift every block.
int64_t believable_ms(int64_t wall_ms, const BackendParts& parts, const Moment& begun) {
    const int64_t passed_ms = parts.clock->steady().since(begun.steady);
    return std::min(wall_ms, begun.wall.ms + passed_ms + kMinuteMs);
}

CheckMoment moment_of(const BackendParts& parts, const Moment& begun) {
    CheckMoment moment;
    moment.wall_ms = parts.clock->now().ms;
    moment.believed_ms = believable_ms(moment.wall_ms, parts, begun);
    // A failed read does not matter here: the next commit will notice the fault.
    moment.is_known = [store = parts.store](std::string_view account) {
        return store->has_account(account).value_or(true);
    };
    return moment;
}

void add_flags(const CheckBoard::State& state,
               const Checker& checker,
               const CheckResult& verdict,
               CheckAnswer& answer) {
    for (const CheckName* const account : verdict.accounts) {
        const std::vector<CheckLevel>* const levels = state.levels_of(account->key);
        for (size_t i = 0; levels != nullptr && i < levels->size(); ++i) {
            const CheckLevel& level = (*levels)[i];
            const HeldLevel held = state.rules->held_at(level, checker.now_ms());
            if (!level.is_shadow && held.level != Action::kNone) {
                answer.flags.push_back(
                    {level.account, level.limit, held.level, level.since_ms, held.until_ms});
            }
        }
    }
}

CheckAnswer check_on(CheckBoard::State& state,
                     const CheckMoment& moment,
                     std::string_view account) {
    CheckAnswer answer;
    const std::vector<Limit>& limits = state.rules->limits();
    if (const Result<KindIndex> kind = ingest::check_account(state.rules->kinds(), account);
        !kind) {
        answer.refusal = kind.error().message;
        return answer;
    }
    Checker checker(state, moment);
    CheckResult verdict;
    checker.check_account(account, verdict);
    answer.as_of_ms = checker.as_of_ms();
    answer.lag_ms = checker.lag_ms();
    answer.is_stale = checker.is_stale();
    answer.is_cold = checker.is_cold();
    if (!verdict.reasons.empty() && is_about_key(verdict.reasons.front())) {
        answer.key_reason = reason_name(verdict.reasons.front(), limits);
    }
    add_flags(state, checker, verdict, answer);
    for (const CheckedOverflow& overflow : verdict.overflows) {
        answer.overflows.push_back({overflow.name->account,
                                    overflow.charged_to->account,
                                    overflow.limit ? limits[*overflow.limit].name : std::string()});
    }
    for (const CheckedOne& one : verdict.reasons) {
        if (one.reason == CheckReason::kStale || one.reason == CheckReason::kCold) {
            const Limit& limit = limits[one.limit];
            answer.doubts.push_back(
                {std::string(reason_name(one, limits)), one.account->account, limit.name});
        }
    }
    return answer;
}

CheckAnswer check(const BackendParts& parts, const Moment& begun, std::string_view account) {
    const CheckMoment moment = moment_of(parts, begun);
    return parts.checks->read(
        [&](CheckBoard::State& state) { return check_on(state, moment, account); });
}

Result<std::string> checks(const BackendParts& parts,
                           const Moment& begun,
                           std::string_view body,
                           const Sees& sees) {
    CheckRequest request;
    if (const Result<void> read = request.read(body); !read) {
        return tl::make_unexpected(read.error());
    }
    const CheckMoment moment = moment_of(parts, begun);
    return reply_to(request.queries(), {*parts.checks, moment, parts.policy->get()->number, sees});
}

std::optional<int64_t> lag_of(const BackendParts& parts) {
    return parts.checks->read(
        [&](const CheckBoard::State& state) { return state.lag_ms(parts.clock->now().ms); });
}

Result<std::string> accounts(const BackendParts& parts,
                             const AccountsQuery& query,
                             const Sees& sees) {
    Result<std::string> json = std::string();
    const Result<void> asked =
        ask_engine(parts, [&](Engine& engine) { json = accounts_json(engine, query, sees); });
    return asked.and_then([&] { return std::move(json); });
}

void add_lists(const BackendParts& parts, const Moment& begun, HttpBackend& backend) {
    backend.levels = [parts, begun](const Sees& sees) {
        return levels_json(*parts.checks, believable_ms(parts.clock->now().ms, parts, begun), sees);
    };
    backend.accounts = [parts](const AccountsQuery& query, const Sees& sees) {
        return accounts(parts, query, sees);
    };
    backend.limits = [parts] { return limits_json(*parts.policy->get()); };
}

// On one account, or on all where it is empty.
Result<std::vector<std::string>> grants(const BackendParts& parts,
                                        const Sees& sees,
                                        const std::string& account) {
    const std::shared_ptr<const PolicyBoard::Policy> policy = parts.policy->get();
    const AccountKinds kinds(policy->settings.accounts.kinds);
    const Result<KindIndex> kind =
        account.empty() ? Result<KindIndex>(kGlobalKind) : ingest::check_account(kinds, account);
    if (!kind) {
        return tl::make_unexpected(Error{ErrorKind::kUsage, "account: " + kind.error().message});
    }
    const auto acts_on_it = [&](const Grant& grant) {
        const Limit* const limit = find_limit(policy->settings.limits, grant.limit);
        return account.empty() || grant.account == account ||
               (grant.account == kEveryAccount && limit != nullptr &&
                holds_for(*limit, kinds.at(*kind), account));
    };
    std::vector<std::string> lines;
    const auto take = [&](Engine& engine) {
        for (const auto& [number, grant] : engine.grants().all()) {
            if ((!sees || sees(grant.account)) && acts_on_it(grant)) {
                lines.push_back(grant_json(grant));
            }
        }
    };
    return ask_engine(parts, take).map([&] { return std::move(lines); });
}

Result<std::vector<std::string>> keys(const BackendParts& parts, const Sees& sees) {
    std::vector<std::string> lines;
    const std::shared_ptr<const KeyTable> all = parts.policy->get()->keys;
    for (const auto& [name, entry] : all->all()) {
        if (!sees || sees(KeyTable::account_of(name))) {
            lines.push_back(key_json(entry));
        }
    }
    return lines;
}

void add_commands(const BackendParts& parts, HttpBackend& backend) {
    backend.command = [parts](CommandRequest request) {
        if (parts.gate->wait(kAnswerWaitMs).pipeline == nullptr) {
            return CommandAnswer{};
        }
        return parts.commands->ask(std::move(request), kCommandWaitMs);
    };
    backend.commands = [parts](uint64_t from, size_t count) -> Result<std::vector<std::string>> {
        return parts.store->read_commands(from, count).map([](const std::vector<Command>& all) {
            std::vector<std::string> lines;
            lines.reserve(all.size());
            for (const Command& command : all) {
                lines.push_back(store::RowKind<Command>::json(command));
            }
            return lines;
        });
    };
    backend.backup = [parts] { return make_backup(parts); };
    backend.grants = [parts](const Sees& sees, const std::string& account) {
        return grants(parts, sees, account);
    };
    backend.keys = [parts](const Sees& sees) { return keys(parts, sees); };
    backend.policy = [parts] {
        const std::shared_ptr<const PolicyBoard::Policy> policy = parts.policy->get();
        return PolicyView{print_policy(policy->settings), policy->number};
    };
    backend.lag_ms = [parts] { return lag_of(parts); };
}

}  // namespace

HttpBackend make_backend(const BackendParts& parts) {
    HttpBackend backend;
    add_commands(parts, backend);
    if (parts.policy->get()->settings.kafka.brokers.empty()) {
        backend.append = [parts](std::vector<PostedRecord> records) {
            return append(parts, std::move(records));
        };
    }
    backend.decisions = [parts](uint64_t after, size_t count) {
        return decisions(parts, after, count);
    };
    backend.last_sequence = [parts]() -> std::optional<uint64_t> {
        const Pipeline* pipeline = parts.gate->wait(0).pipeline;
        return pipeline == nullptr ? std::nullopt : std::optional(pipeline->last_sequence());
    };
    backend.account_json = [parts](std::string_view account, const Sees& sees) {
        return describe(parts, account, sees);
    };
    backend.ancestors = [parts](std::string_view account) {
        return ancestors_of(parts.policy->get()->keys->parents(), account);
    };
    const Moment begun = parts.clock->moment();
    backend.check = [parts, begun](std::string_view account) {
        return check(parts, begun, account);
    };
    backend.checks = [parts, begun](std::string_view body, const Sees& sees) {
        return checks(parts, begun, body, sees);
    };
    add_lists(parts, begun, backend);
    backend.metrics = [parts] {
        parts.gate->wait(kAnswerWaitMs);
        return metrics_text(parts.status->get(), process_usage(), parts.clock->now().ms);
    };
    backend.ready = [parts] {
        ReadyAnswer answer;
        const Status status = parts.status->get();
        answer.json = ready_json(status, answer.is_ready);
        if (parts.gate->wait(0).pipeline == nullptr) {
            answer.is_ready = false;
            answer.reason = kStarting;
        } else if (!answer.is_ready) {
            answer.reason =
                status.is_outbox_full ? "the outbox is full: decisions are not being taken"
                : status.is_cold ? "the input was not read to its end yet since the store was made"
                                 : "a partition has no leader, or its end is not known yet";
        }
        return answer;
    };
    return backend;
}

}  // namespace spantoll::tools
