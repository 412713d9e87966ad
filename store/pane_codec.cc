#include "store/pane_codec.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <limits>
#include <tuple>

namespace spantoll::store {
namespace {

constexpr char kVersion = 1;
constexpr int kVarintBitsMax = 128;

// Hashes are copied as they lie in memory.
static_assert(std::endian::native == std::endian::little);

void put_varint(std::string& out, Uint128 value) {
    while (value >= 0x80) {
        out.push_back(static_cast<char>(static_cast<unsigned>(value & 0x7f) | 0x80));
        value >>= 7;
    }
    out.push_back(static_cast<char>(value));
}

std::optional<Uint128> take_varint(std::string_view& bytes) {
    Uint128 value = 0;
    for (int shift = 0; shift < kVarintBitsMax && !bytes.empty(); shift += 7) {
        const auto byte = static_cast<unsigned char>(bytes.front());
        bytes.remove_prefix(1);
        value |= static_cast<Uint128>(byte & 0x7f) << shift;
        if ((byte & 0x80) == 0) {
            return value;
        }
    }
    return std::nullopt;
}

Uint128 zigzag(Int128 value) {
    return static_cast<Uint128>(value) << 1 ^ static_cast<Uint128>(value >> 127);
}

Int128 unzigzag(Uint128 value) {
    return static_cast<Int128>(value >> 1 ^ (Uint128{0} - (value & 1)));
}

}  // namespace

std::string encode_pane(const std::vector<PaneEntry>& entries) {
    std::string out(1, kVersion);
    out.reserve(1 + entries.size() * 12);
    uint64_t previous = 0;
    for (const PaneEntry& entry : entries) {
        put_varint(out, zigzag(Int128{entry.account_id} - Int128{previous}));
        put_varint(out, entry.slot);
        put_varint(out, zigzag(entry.amount));
        previous = entry.account_id;
    }
    return out;
}

std::optional<std::vector<PaneEntry>> decode_pane(std::string_view bytes) {
    if (bytes.empty() || bytes.front() != kVersion) {
        return std::nullopt;
    }
    bytes.remove_prefix(1);
    std::vector<PaneEntry> entries;
    Int128 account = 0;
    while (!bytes.empty()) {
        const std::optional<Uint128> difference = take_varint(bytes);
        const std::optional<Uint128> slot = take_varint(bytes);
        const std::optional<Uint128> amount = take_varint(bytes);
        if (!difference || !slot || !amount || *slot > std::numeric_limits<uint32_t>::max()) {
            return std::nullopt;
        }
        account += unzigzag(*difference);
        if (account < 0 || account > std::numeric_limits<uint64_t>::max()) {
            return std::nullopt;
        }
        entries.push_back(
            {static_cast<uint64_t>(account), static_cast<uint32_t>(*slot), unzigzag(*amount)});
    }
    return entries;
}

std::vector<PaneEntry> sum_entries(std::vector<PaneEntry> entries) {
    const auto place = [](const PaneEntry& entry) {
        return std::tuple(entry.account_id, entry.slot);
    };
    std::sort(entries.begin(), entries.end(), [&](const PaneEntry& a, const PaneEntry& b) {
        return place(a) < place(b);
    });
    std::vector<PaneEntry> sums;
    for (const PaneEntry& entry : entries) {
        if (!sums.empty() && place(sums.back()) == place(entry)) {
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
