#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include <rocksdb/file_system.h>

#include "schemas/error.h"

namespace spantoll::store {

// One file of a RocksDB's write-ahead log, read as its bytes are, before RocksDB recovers from it:
// RocksDB takes some damage for the end of a file and says nothing. Batches are handed out in order
// up to the first that is not whole.
//
//     file   := block*                          32 KiB each, but for the last one
//     block  := part* trailer                   a trailer is less than 7 bytes, all 0
//     part   := crc(4) length(2) type(1) bytes  little-endian; masked CRC-32C of type and bytes
//     type   := 1 a whole batch, 2 its first part, 3 a middle one, 4 its last
//     batch  := sequence(8) count(4) ...        little-endian; takes `count` sequence numbers
//
// (RocksDB's wiki, "Write Ahead Log File Format".) Thread: one.
class WalReader {
  public:
    // kDisk where the file cannot be opened or, from the others, read.
    static Result<WalReader> open(rocksdb::FileSystem& file_system, const std::string& path);

    // The next batch; false at the end of those that are whole.
    Result<bool> next();
    // The same for a file whose records are not batches: the manifest is framed in the same way.
    Result<bool> next_record();
    std::string_view batch() const { return batch_; }
    uint64_t sequence() const { return sequence_; }
    uint64_t next_sequence() const { return next_sequence_; }

    enum class End : uint8_t {
        kWhole,    // the last batch ends with the file, or only zeros follow it
        kTorn,     // the file ends within a batch: what a write leaves that was cut short
        kDamaged,  // bytes that no writer leaves
        kHidden,   // as well, and such that RocksDB would take them for the end
    };
    // Why next() returned false.
    End end() const { return end_; }
    // Where the bytes begin that are no whole batch.
    uint64_t end_offset() const { return batch_offset_; }

    // After damage: goes on to where batches can be read again; false where there is nothing more.
    // It never starts within the bytes of a batch, which a sender chose, so up to a block of 32 KiB
    // may be passed over.
    Result<bool> skip_damage();

  private:
    WalReader(std::unique_ptr<rocksdb::FSSequentialFile> file, std::string path);

    enum class Part : uint8_t { kWhole, kFirst, kMiddle, kLast, kNone, kTorn, kBad };
    Result<void> read_block();
    Result<Part> next_part();
    Part part_here();
    Result<Part> zeros_here();
    bool is_part_at(size_t at) const;
    bool is_cut_short() const;
    Result<bool> stop(End end);
    bool take_batch();

    std::unique_ptr<rocksdb::FSSequentialFile> file_;
    std::string path_;
    std::string block_;  // what follows it is unread; shorter than a block's size: the last one
    uint64_t block_offset_ = 0;
    size_t at_ = 0;          // in block_
    std::string_view part_;  // of block_
    bool is_hidden_ = false;
    std::string batch_;
    uint64_t batch_offset_ = 0;
    uint64_t sequence_ = 0;
    uint64_t next_sequence_ = 0;
    End end_ = End::kWhole;
};

}  // namespace spantoll::store
