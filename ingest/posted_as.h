#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "ingest/decoded_record.h"
#include "schemas/account.h"
#include "schemas/control/key_table.h"
#include "schemas/settings.h"

namespace spantoll::ingest {

// What a record keeps beside its bytes where the token that it was posted with sets dimensions:
//
//     customer=acme LF team=search
//
// Beside the bytes and not in them: that is the same in every format, the bytes stay what the
// producer sent, and no producer can write it. As it lies in the log, a replay knows it too.
std::string set_text(const std::vector<DimensionValue>& set);

// Gives the spans of a record their values, whatever they say themselves. A span must not be
// charged to somebody else's account either. Whose it is say the parents: where what the token sets
// is, or lies below, an account of some kind (customer:acme), all accounts of this kind but those
// are somebody else's, and so is everything below them. Dimensions that name such an account are
// charged to `kind:~invalid`, as what is no name is: the money is counted, and harms nobody. An id
// of a virtual key means the key here too, and the parents are those of keys as well.
//
// Borrows both; whoever changes keys decodes again what was decoded ahead. One thread.
class PostedAs {
  public:
    // The account of a kind that dimensions mean, keys by their names.
    using AccountOf = std::string (*)(const AccountKind&, const Span&, const KeyTable&);

    PostedAs(const AccountKinds& kinds, const KeyTable& keys, AccountOf account_of)
        : kinds_(kinds), keys_(keys), account_of_(account_of) {}

    // `set`: by set_text(), or empty; lives as long as the record's bytes. Where it cannot be read,
    // the record is refused.
    void apply(std::string_view set, DecodedRecord& record) const;

  private:
    struct Own;
    Own own_accounts(const std::vector<std::pair<Dimension, std::string_view>>& set) const;
    bool is_of_another(const Own& own, const std::string& account) const;
    void leave_out_others(const Own& own, Span& span) const;

    const AccountKinds& kinds_;
    const KeyTable& keys_;
    const AccountOf account_of_;
};

}  // namespace spantoll::ingest
