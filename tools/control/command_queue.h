#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "schemas/control/command.h"

namespace spantoll::tools {

// A command that somebody asks for.
struct CommandRequest {
    CommandKind kind = CommandKind::kConfig;
    std::string by;    // name of the token, or as in schemas/control/command.h
    std::string body;  // one JSON object; of `config` {"toml": "..."}
    std::string key;   // Idempotency-Key; empty = none
    bool is_dry_run = false;
    // kKey: members that are left out stay as they are; or many keys, each a line of JSON, of which
    // all are taken or none.
    enum class Form : uint8_t { kWhole, kChange, kLines };
    Form form = Form::kWhole;
    std::optional<uint64_t> if_config;  // only where this configuration still holds
};

struct CommandAnswer {
    enum class Outcome {
        kApplied,    // committed
        kAccepted,   // on disk and numbered; it will be applied
        kForeseen,   // a dry run
        kInvalid,    // `reasons` says why; nothing was done
        kConflict,   // the policy comes from the file
        kMissing,    // there is nothing of that name or number
        kKeyReused,  // the key came with another request
        kStale,      // another configuration holds than `if_config` says
        kBusy,       // nothing was done: ask again
    };
    Outcome outcome = Outcome::kBusy;
    uint64_t number = 0;
    std::string json;  // what follows: one object; kApplied and kForeseen
    std::vector<std::string> reasons;
};

// Hands commands from any thread to the engine's, one after the other, and the answers back.
class CommandQueue {
  public:
    // At most so many wait.
    static constexpr size_t kWaitingMax = 64;

    // Waits for the answer: kAccepted where the command is on disk by then, kBusy where it is not,
    // in which case it is withdrawn.
    CommandAnswer ask(CommandRequest request, int64_t wait_ms);
    // Nobody serves any longer: who waits is answered kBusy.
    void close();

    // ---- the engine's thread
    class Pending {
      public:
        const CommandRequest& request() const { return request_; }

      private:
        friend class CommandQueue;
        CommandRequest request_;
        bool is_claimed_ = false;
        bool is_given_up_ = false;
        uint64_t number_ = 0;
        std::optional<CommandAnswer> answer_;
    };
    // The next one, or null.
    std::shared_ptr<Pending> take();
    // Before it is written down: whether anybody still waits for it. It is not withdrawn from here
    // on.
    bool claim(Pending& pending);
    // It is on disk under this number.
    void note_number(Pending& pending, uint64_t number);
    void answer(Pending& pending, CommandAnswer answer);

  private:
    std::mutex mutex_;
    std::condition_variable changed_;
    std::deque<std::shared_ptr<Pending>> waiting_;
    bool is_closed_ = false;
};

}  // namespace spantoll::tools
