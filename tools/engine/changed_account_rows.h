#pragma once

#include <cstddef>

#include "store/account_rows.h"
#include "window/counting_plan.h"
#include "window/ledger.h"

namespace spantoll::tools {

// The rows of the accounts that the ledger's begun commit writes, made one by one while the store
// takes them. Borrows both; what it gives holds until Ledger::end_commit(). Thread: the engine's.
class ChangedAccountRows final : public store::AccountRowSource {
  public:
    ChangedAccountRows(const window::Ledger& ledger, const window::CountingPlans& plans)
        : ledger_(ledger), plans_(plans) {}

    size_t account_count() const override { return ledger_.rows().commit_rows().accounts.size(); }
    void give_rows(store::AccountRowTaker& taker) const override;

  private:
    const window::Ledger& ledger_;
    const window::CountingPlans& plans_;
};

}  // namespace spantoll::tools
