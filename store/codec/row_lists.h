#pragma once

#include <vector>

#include "store/codec/account_number.h"
#include "store/codec/anchor.h"
#include "store/codec/command_row.h"
#include "store/codec/grant_row.h"
#include "store/codec/key_row.h"
#include "store/codec/partition_rows.h"
#include "store/codec/row_kind.h"
#include "store/codec/short_lived_kind.h"
#include "store/codec/sink_position.h"
#include "store/codec/warm.h"
#include "store/codec/zones.h"

namespace spantoll::store {

// A list for each kind of row that is put, removed and loaded one by one. A commit has the lists
// twice, for what is put and for what is removed; a loaded state has them once, for what is there.
struct RowLists {
    std::vector<PartitionOffset> offsets;
    std::vector<PartitionCounts> counts;
    std::vector<SinkPosition> sink_positions;
    std::vector<CommandPosition> command_positions;  // one, or none
    std::vector<Command> commands;
    std::vector<Grant> grants;
    std::vector<VirtualKey> keys;  // of commands
    std::vector<AccountNumber> accounts;
    std::vector<ShortLivedKind> short_lived_kinds;
    std::vector<AnchorRow> anchors;
    std::vector<ZonesRow> zones;
    std::vector<WarmRow> warm;  // one, or none

    // Calls visit(list) for each, const or not as `lists` is.
    template <typename Lists, typename Visit>
    static void each(Lists& lists, const Visit& visit) {
        visit(lists.offsets);
        visit(lists.counts);
        visit(lists.sink_positions);
        visit(lists.command_positions);
        visit(lists.commands);
        visit(lists.grants);
        visit(lists.keys);
        visit(lists.accounts);
        visit(lists.short_lived_kinds);
        visit(lists.anchors);
        visit(lists.zones);
        visit(lists.warm);
    }
};

static_assert(HasRowKind<PartitionOffset> && HasRowKind<PartitionCounts> &&
              HasRowKind<SinkPosition> && HasRowKind<CommandPosition> && HasRowKind<Command> &&
              HasRowKind<Grant> && HasRowKind<VirtualKey> && HasRowKind<AccountNumber> &&
              HasRowKind<ShortLivedKind> && HasRowKind<AnchorRow> && HasRowKind<ZonesRow> &&
              HasRowKind<WarmRow>);

}  // namespace spantoll::store
