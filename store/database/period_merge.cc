#include "store/database/period_merge.h"

#include <optional>
#include <string>

#include "store/codec/record_codec.h"

namespace spantoll::store {

bool PeriodMerge::Merge(const rocksdb::Slice& /*key*/,
                        const rocksdb::Slice* existing,
                        const rocksdb::Slice& more,
                        std::string* merged,
                        rocksdb::Logger* /*logger*/) const {
    const std::optional<PeriodRecord> added = decode_period(more.ToStringView());
    std::optional<PeriodRecord> sum =
        existing == nullptr ? PeriodRecord{} : decode_period(existing->ToStringView());
    if (!added || !sum) {
        return false;  // RocksDB reports a corruption
    }
    add_to(*sum, *added);
    RecordEncoder encoder;
    merged->assign(encoder.period(*sum));
    return true;
}

}  // namespace spantoll::store
