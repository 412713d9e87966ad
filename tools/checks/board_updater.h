#pragma once

#include <cstdint>
#include <vector>

#include "tools/checks/check_board.h"
#include "tools/engine/engine.h"

namespace spantoll::tools {

// Tells a CheckBoard what a commit changed. It looks at the accounts that changed and at no others,
// and takes nothing from the engine's buffers. Thread: the engine's.
class BoardUpdater {
  public:
    // The board outlives it. Null: nobody asks, and nothing is done.
    explicit BoardUpdater(CheckBoard* board) : board_(board) {}

    // All that the engine knows now: a new engine.
    void publish_all(Engine& engine);
    // After Engine::collect() and the commit of it, before anything else is asked of the engine.
    // Where publish_all() was never called for this engine, it is now.
    void publish(Engine& engine, const store::Commit& commit);

  private:
    void add_totals(Engine& engine, window::AccountIndex account, BoardUpdate& update);
    static void add_amounts(const Engine& engine,
                            const std::vector<Grant>& grants,
                            BoardUpdate& update);
    void add_all(Engine& engine, BoardUpdate& update);
    bool is_first(window::AccountIndex account);
    static void add_state(Engine& engine, BoardUpdate& update);

    CheckBoard* const board_;
    const Engine* published_ = nullptr;  // the engine that the board has the totals of
    // By account: the round in which it was looked at last.
    std::vector<uint32_t> seen_;
    uint32_t round_ = 0;
    window::ChargeSum buffered_;  // kept for its memory
};

}  // namespace spantoll::tools
