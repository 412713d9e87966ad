#include "store/wal/needed.h"

#include <algorithm>
#include <fstream>
#include <optional>
#include <string_view>

#include "store/wal/reader.h"

namespace spantoll::store {
namespace {

// A record of the manifest is a list of tags, each with a value, all numbers as varints. These are
// the ones that RocksDB writes before the lists of tables; what follows those is not needed.
enum Tag : uint64_t {
    kComparator = 1,
    kLogNumber = 2,  // of the oldest file with something that no table of a family has
    kNextFile = 3,
    kLastSequence = 4,
    kPrevLogNumber = 9,
    kMinLogNumber = 10,
    kMaxFamily = 203,
    // Tags from here on are followed by a length and that many bytes, whether they are known or
    // not.
    kLengthFollows = 1 << 13,
    kWalAddition = kLengthFollows + 4,  // a file that was synced and in which nothing follows
    kWalDeletion = kLengthFollows + 5,  // files below this one are not needed
    kWalAddition2 = kLengthFollows + 7,
    kWalDeletion2 = kLengthFollows + 8,
};

std::optional<uint64_t> take_number(std::string_view& rest) {
    constexpr unsigned kBits = 7;
    constexpr unsigned kShiftMax = 63;
    uint64_t value = 0;
    for (unsigned shift = 0; shift <= kShiftMax && !rest.empty(); shift += kBits) {
        const auto byte = static_cast<unsigned char>(rest.front());
        rest.remove_prefix(1);
        value |= static_cast<uint64_t>(byte & 0x7fU) << shift;
        if (byte < 0x80U) {
            return value;
        }
    }
    return std::nullopt;
}

std::optional<std::string_view> take_bytes(std::string_view& rest) {
    const std::optional<uint64_t> size = take_number(rest);
    if (!size || *size > rest.size()) {
        return std::nullopt;
    }
    const std::string_view bytes = rest.substr(0, *size);
    rest.remove_prefix(*size);
    return bytes;
}

bool has_bytes(uint64_t tag) {
    return tag == kComparator || tag >= kLengthFollows;
}

bool has_number(uint64_t tag) {
    return tag == kLogNumber || tag == kNextFile || tag == kLastSequence || tag == kPrevLogNumber ||
           tag == kMinLogNumber || tag == kMaxFamily;
}

// The first number behind a tag of a known kind.
std::optional<uint64_t> take_value(uint64_t tag, std::string_view& rest) {
    if (has_number(tag)) {
        return take_number(rest);
    }
    std::optional<std::string_view> bytes =
        has_bytes(tag) ? take_bytes(rest) : std::optional<std::string_view>();
    return bytes ? std::optional(take_number(*bytes).value_or(0)) : std::nullopt;
}

// Takes in what one record of the manifest says.
void read_edit(std::string_view edit, WalsNeeded& needed) {
    while (true) {
        const std::optional<uint64_t> tag = take_number(edit);
        const std::optional<uint64_t> value = tag ? take_value(*tag, edit) : std::nullopt;
        if (!value) {
            return;
        }
        switch (*tag) {
            case kLogNumber:
                needed.newest = std::max(needed.newest, *value);
                break;
            case kWalAddition:
            case kWalAddition2:
                needed.newest = std::max(needed.newest, *value + 1);
                needed.synced.insert(*value);
                break;
            case kMinLogNumber:
            case kWalDeletion:
            case kWalDeletion2:
                needed.synced.erase(needed.synced.begin(), needed.synced.lower_bound(*value));
                break;
            default:
                break;
        }
    }
}

}  // namespace

WalsNeeded wals_needed(rocksdb::FileSystem& file_system, const std::string& path) {
    WalsNeeded needed;
    std::ifstream current(path + "/CURRENT");
    std::string name;
    if (!std::getline(current, name)) {
        return needed;
    }
    // It is framed as the WAL is.
    Result<WalReader> manifest = WalReader::open(file_system, path + "/" + name);
    while (manifest && manifest->next_record().value_or(false)) {
        read_edit(manifest->batch(), needed);
    }
    return needed;
}

}  // namespace spantoll::store
