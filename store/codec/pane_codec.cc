#include "store/codec/pane_codec.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <limits>
#include <tuple>
#include <utility>

#include "schemas/packed.h"

namespace spantoll::store {
namespace {

constexpr char kVersion = 1;
constexpr size_t kEntryBytesMax = 3 * kVarintBytesMax;
constexpr size_t kEntriesAtOnce = 32;

// Hashes are copied as they lie in memory.
static_assert(std::endian::native == std::endian::little);

}  // namespace

std::string encode_pane(const std::vector<PaneEntry>& entries) {
    std::string out(1, kVersion);
    out.reserve(1 + entries.size() * 12);
    // Many at a time: a string that is appended to number by number is slow.
    std::array<char, kEntriesAtOnce * kEntryBytesMax> some;  // NOLINT(*-member-init)
    char* at = some.data();
    uint64_t previous = 0;
    for (const PaneEntry& entry : entries) {
        at = write_varint(at, zigzag(Int128{entry.account_id.number} - Int128{previous}));
        at = write_varint(at, uint64_t{entry.slot});
        at = write_varint(at, zigzag(entry.amount));
        previous = entry.account_id.number;
        if (static_cast<size_t>(at - some.data()) > some.size() - kEntryBytesMax) {
            out.append(some.data(), at);
            at = some.data();
        }
    }
    out.append(some.data(), at);
    return out;
}

bool decode_pane(std::string_view bytes, std::vector<PaneEntry>& entries) {
    if (bytes.empty() || bytes.front() != kVersion) {
        return false;
    }
    bytes.remove_prefix(1);
    Int128 account = 0;
    PackedReader entries_left(bytes);
    while (!bytes.empty()) {
        uint64_t difference = 0;
        uint64_t slot = 0;
        if (take_short_varints(bytes, difference, slot)) {
            account += unzigzag(difference);
        } else {
            account += entries_left.signed_number();
            slot = entries_left.number<uint64_t>();
        }
        const Int128 amount = entries_left.signed_number();
        if (!entries_left.ok() || account < 0 || account > std::numeric_limits<uint64_t>::max() ||
            slot > std::numeric_limits<uint32_t>::max()) {
            return false;
        }
        entries.push_back(
            {AccountId(static_cast<uint64_t>(account)), static_cast<uint32_t>(slot), amount});
    }
    return true;
}

std::optional<std::vector<PaneEntry>> decode_pane(std::string_view bytes) {
    std::vector<PaneEntry> entries;
    return decode_pane(bytes, entries) ? std::optional(std::move(entries)) : std::nullopt;
}

std::vector<PaneEntry> sum_entries(std::vector<PaneEntry> entries) {
    const auto counter = [](const PaneEntry& entry) {
        return std::tuple(entry.account_id, entry.slot);
    };
    std::sort(entries.begin(), entries.end(), [&](const PaneEntry& a, const PaneEntry& b) {
        return counter(a) < counter(b);
    });
    std::vector<PaneEntry> sums;
    for (const PaneEntry& entry : entries) {
        if (!sums.empty() && counter(sums.back()) == counter(entry)) {
            sums.back().amount += entry.amount;
        } else {
            sums.push_back(entry);
        }
    }
    std::erase_if(sums, [](const PaneEntry& entry) { return entry.amount == 0; });
    return sums;
}

std::string encode_hashes(const std::vector<uint64_t>& hashes) {
    std::string out(1 + hashes.size() * sizeof(uint64_t), kVersion);
    if (!hashes.empty()) {
        std::memcpy(out.data() + 1, hashes.data(), hashes.size() * sizeof(uint64_t));
    }
    return out;
}

bool decode_hashes(std::string_view bytes, std::vector<uint64_t>& hashes) {
    if (bytes.size() % sizeof(uint64_t) != 1 || bytes.front() != kVersion) {
        return false;
    }
    bytes.remove_prefix(1);
    const size_t before = hashes.size();
    hashes.resize(before + bytes.size() / sizeof(uint64_t));
    if (!bytes.empty()) {
        std::memcpy(hashes.data() + before, bytes.data(), bytes.size());
    }
    return true;
}

}  // namespace spantoll::store
