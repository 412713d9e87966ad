#include "store/wal/reader.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "schemas/crc32c.h"

namespace spantoll::store {
namespace {

constexpr size_t kBlockBytes = 32 << 10;
constexpr size_t kHeadBytes = 7;
constexpr size_t kBatchHeadBytes = 12;
// Types of parts in files that are recycled. RocksDB takes such a part for a leftover of an older
// file, and so for the end. We never recycle files.
constexpr uint8_t kOldTypeMin = 5;
constexpr uint8_t kOldTypeMax = 8;

uint64_t little_endian(std::string_view bytes) {
    uint64_t value = 0;
    for (size_t i = bytes.size(); i-- > 0;) {
        value = value << 8 | static_cast<unsigned char>(bytes[i]);
    }
    return value;
}

// As RocksDB stores a CRC, so that the CRC of bytes that contain CRCs is not a trivial value.
uint32_t masked(uint32_t crc) {
    return ((crc >> 15) | (crc << 17)) + 0xa282ead8;
}

struct Head {
    uint32_t crc;
    size_t length;
    uint8_t type;
};

Head head_at(std::string_view block, size_t at) {
    return {static_cast<uint32_t>(little_endian(block.substr(at, 4))),
            static_cast<size_t>(little_endian(block.substr(at + 4, 2))),
            static_cast<uint8_t>(block[at + 6])};
}

bool is_zero(std::string_view bytes) {
    return bytes.find_first_not_of('\0') == std::string_view::npos;
}

tl::unexpected<Error> unread(const rocksdb::IOStatus& status) {
    return failure(
        ErrorKind::kDisk,
        fmt::format("cannot read: {}: see to the disk and start again", status.ToString()));
}

}  // namespace

WalReader::WalReader(std::unique_ptr<rocksdb::FSSequentialFile> file, std::string path)
    : file_(std::move(file)), path_(std::move(path)) {}

Result<WalReader> WalReader::open(rocksdb::FileSystem& file_system, const std::string& path) {
    std::unique_ptr<rocksdb::FSSequentialFile> file;
    const rocksdb::IOStatus opened = file_system.NewSequentialFile(path, {}, &file, nullptr);
    if (!opened.ok()) {
        return unread(opened);
    }
    WalReader reader(std::move(file), path);
    if (Result<void> read = reader.read_block(); !read) {
        return tl::make_unexpected(read.error());
    }
    return reader;
}

// Reads what follows the block.
Result<void> WalReader::read_block() {
    block_offset_ += block_.size();
    at_ = 0;
    std::string next(kBlockBytes, '\0');
    size_t size = 0;
    while (size < next.size()) {
        rocksdb::Slice read;
        const rocksdb::IOStatus status =
            file_->Read(next.size() - size, {}, &read, next.data() + size, nullptr);
        if (!status.ok()) {
            return unread(status);
        }
        if (read.empty()) {
            break;
        }
        std::copy(read.data(), read.data() + read.size(), next.data() + size);
        size += read.size();
    }
    next.resize(size);
    block_ = std::move(next);
    return {};
}

Result<bool> WalReader::next() {
    const Result<bool> record = next_record();
    return !record || !*record || take_batch() ? record : stop(End::kDamaged);
}

Result<bool> WalReader::next_record() {
    bool has_begun = false;
    batch_.clear();
    while (true) {
        const uint64_t offset = block_offset_ + at_;
        const Result<Part> part = next_part();
        if (!part) {
            return tl::make_unexpected(part.error());
        }
        if (!has_begun) {
            batch_offset_ = offset;
        }
        if (*part == Part::kNone || *part == Part::kTorn) {
            return stop(has_begun || *part == Part::kTorn ? End::kTorn : End::kWhole);
        }
        const bool begins = *part == Part::kWhole || *part == Part::kFirst;
        if (*part == Part::kBad || begins == has_begun) {
            return stop(*part == Part::kBad && is_hidden_ ? End::kHidden : End::kDamaged);
        }
        batch_.append(part_);
        has_begun = true;
        if (*part == Part::kWhole || *part == Part::kLast) {
            return true;
        }
    }
}

Result<bool> WalReader::stop(End end) {
    end_ = end;
    return false;
}

bool WalReader::take_batch() {
    if (batch_.size() < kBatchHeadBytes) {
        return false;
    }
    const std::string_view batch = batch_;
    sequence_ = little_endian(batch.substr(0, 8));
    next_sequence_ = sequence_ + little_endian(batch.substr(8, 4));
    return true;
}

Result<WalReader::Part> WalReader::next_part() {
    is_hidden_ = false;
    while (block_.size() == kBlockBytes && block_.size() - at_ < kHeadBytes) {
        if (Result<void> read = read_block(); !read) {
            return tl::make_unexpected(read.error());
        }
    }
    if (block_.size() - at_ < kHeadBytes) {
        return is_zero(std::string_view(block_).substr(at_)) ? Part::kNone : Part::kTorn;
    }
    const Head head = head_at(block_, at_);
    return head.type == 0 && head.length == 0 ? zeros_here() : Result<Part>(part_here());
}

WalReader::Part WalReader::part_here() {
    const Head head = head_at(block_, at_);
    if (is_part_at(at_)) {
        part_ = std::string_view(block_).substr(at_ + kHeadBytes, head.length);
        at_ += kHeadBytes + head.length;
        return static_cast<Part>(head.type - 1);
    }
    is_hidden_ = head.type >= kOldTypeMin && head.type <= kOldTypeMax;
    return is_cut_short() ? Part::kTorn : Part::kBad;
}

// A type, a length that the block has room for, and the right CRC.
bool WalReader::is_part_at(size_t at) const {
    const Head head = head_at(block_, at);
    return head.type >= 1 && head.type <= 4 && at + kHeadBytes + head.length <= block_.size() &&
           masked(crc32c(std::string_view(block_).substr(at + 6, head.length + 1))) == head.crc;
}

// Whether the file ends within the part. If only the length of the part is wrong, other parts
// follow it, or its bytes are all there.
bool WalReader::is_cut_short() const {
    const Head head = head_at(block_, at_);
    const std::string_view rest = std::string_view(block_).substr(at_ + 6);
    if (block_.size() == kBlockBytes || at_ + kHeadBytes + head.length <= block_.size() ||
        head.type < 1 || head.type > 4 || masked(crc32c(rest)) == head.crc) {
        return false;
    }
    for (size_t at = at_ + kHeadBytes; at + kHeadBytes <= block_.size(); ++at) {
        if (is_part_at(at)) {
            return false;
        }
    }
    return true;
}

// Zeros up to the end of the file are space that was reserved and never written.
Result<WalReader::Part> WalReader::zeros_here() {
    while (is_zero(std::string_view(block_).substr(at_))) {
        if (block_.size() < kBlockBytes) {
            return Part::kNone;
        }
        if (Result<void> read = read_block(); !read) {
            return tl::make_unexpected(read.error());
        }
    }
    is_hidden_ = true;
    return Part::kBad;
}

Result<bool> WalReader::skip_damage() {
    if (end_ == End::kWhole || end_ == End::kTorn) {
        return false;
    }
    while (block_.size() - at_ >= kHeadBytes && !is_part_at(at_)) {
        // Behind the part, if its length is right.
        const size_t behind = at_ + kHeadBytes + head_at(block_, at_).length;
        if (behind + kHeadBytes <= block_.size() && is_part_at(behind)) {
            at_ = behind;
            return true;
        }
        if (block_.size() < kBlockBytes) {
            return false;
        }
        if (Result<void> read = read_block(); !read) {
            return tl::make_unexpected(read.error());
        }
    }
    return block_.size() - at_ >= kHeadBytes || block_.size() == kBlockBytes;
}

}  // namespace spantoll::store
