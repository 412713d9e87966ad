#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "schemas/control/command.h"
#include "schemas/error.h"
#include "store/store.h"
#include "tools/control/command_queue.h"

namespace spantoll::tools {

// What a request asks for, in a few bytes, so that one that comes again can be told from another
// with the same key. Never 0.
uint64_t hash_of(const CommandRequest& request);

// The answers to commands that had an Idempotency-Key, for a day: a client that does not know
// whether its command arrived sends it again, and is given the first answer.
//
// Read from the log of commands when the first key comes, so it holds over a restart. Thread: the
// engine's.
class AnsweredKeys {
  public:
    static constexpr int64_t kKeptMs = kDayMs;

    // The answer to a request whose key is known: the first one, or, where the key came with
    // another request, why it cannot be taken. Empty where the key is new.
    Result<std::optional<CommandAnswer>> find(const store::Store& store,
                                              const CommandPosition& position,
                                              const CommandRequest& request,
                                              int64_t now_ms);
    // A command with a key was applied.
    void keep(const Command& command, const CommandAnswer& answer);

  private:
    Result<void> read(const store::Store& store, const CommandPosition& position);

    struct Answered {
        int64_t at_ms = 0;
        CommandKind kind = CommandKind::kConfig;
        uint64_t request_hash = 0;  // 0: of a row that does not say it
        CommandAnswer answer;
    };
    std::map<std::string, Answered, std::less<>> by_key_;
    bool is_read_ = false;
};

}  // namespace spantoll::tools
