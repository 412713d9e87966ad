#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "schemas/window_spec.h"
#include "window/account.h"
#include "window/charge.h"

namespace spantoll::window {

// Charges, packed, for commits that cannot wait for the rows of every account they changed.
//
// A commit with a journal row writes the rows of some accounts only. The journal has what happened
// to the other accounts since their rows were last written. That is only charges to open panes and
// open periods, so it can be added to the rows without knowing anything else.
//
//     row        := 0x02 windows written introduced charge*
//     windows    := count text*               calendar windows: "month", "every 5h from first";
//                                             "#ok" where totals leave out what failed, then of
//                                             which series, and where an account's lattice begins:
//                                             "every 5h from first#ok ~2 @1772316000250"
//     written    := count account*            rows of the same commit hold everything of these
//     introduced := count (account text periods rolling)*
//     periods    := count window*             those charged, as indexes into `windows`
//     rolling    := count minutes*            lengths of its rolling windows
//     charge     := flags time cost [ingress] [egress] [usage] accounts
//     usage      := count (meter quantity)*
//     accounts   := count account*
//
// Numbers and texts as in schemas/packed.h, time (a difference to the charge before, the first to
// 0) and the signed amounts in zigzag order. `account` is a number that names an account from the
// row that introduces it to the row that has it in `written`; charges to other numbers mean
// nothing. `flags` is a number, so that there is always room for another one; those of today take
// one byte, or two of a charge that failed.
//
// Rows that begin with 0x01 are read as well: their flags are one byte, and tokens stand between
// egress and usage, which has them too.

// An account whose rows stay as they are while the journal has its charges.
struct IntroducedAccount {
    AccountIndex number = 0;
    std::string_view text;
    std::vector<uint32_t> periods;         // indexes into the row's windows
    std::vector<int64_t> rolling_minutes;  // of its ROLLING rows, each once
};

// A calendar window that charges were counted in.
struct JournalWindow {
    WindowSpec window;
    bool skips_failed = false;  // as Period
    uint32_t series = 0;
    int64_t anchor_ms = 0;  // of one account, where it has the window for itself

    // The period that a time belongs to.
    Period period_at(int64_t time_ms) const;
    bool operator==(const JournalWindow&) const = default;
};

// What a row of the journal says before its charges.
struct JournalHead {
    std::vector<JournalWindow> windows;
    std::vector<AccountIndex> written;
    std::vector<IntroducedAccount> introduced;
};

// Packs charges as they come. Thread: the engine's.
class ChargeJournal {
  public:
    // Bytes of charges after which no more are taken.
    static constexpr size_t kBytesMax = 8U << 20;

    size_t size() const { return charges_.size(); }
    bool is_full() const { return size() >= kBytesMax; }
    void record(const Charge& charge, std::span<const AccountIndex> accounts);
    // A row of what was recorded since the last call.
    std::string take_row(const JournalHead& head);
    void clear();

  private:
    std::string charges_;
    int64_t last_time_ms_ = 0;
};

// Reads a row charge by charge. Borrows the bytes.
class JournalReader {
  public:
    // Empty where the bytes are not a row.
    static std::optional<JournalReader> open(std::string_view row);
    const JournalHead& head() const { return head_; }

    struct Entry {
        Charge charge;  // its usage lives as long as the entry
        std::vector<MeterQuantity> usage;
        std::vector<AccountIndex> accounts;
    };
    bool is_at_end() const { return rest_.empty(); }
    // The next charge; false where the bytes are none.
    bool next(Entry& entry);

  private:
    JournalHead head_;
    std::string_view rest_;
    bool is_first_version_ = false;
    int64_t last_time_ms_ = 0;
};

}  // namespace spantoll::window
