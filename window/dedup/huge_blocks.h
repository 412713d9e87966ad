#pragma once

#include <cstddef>
#include <vector>

namespace spantoll::window {

// Blocks of one size, cut from huge pages (schemas/memory/huge_pages.h). A block that is given back
// is the next one taken.
class HugeBlocks {
  public:
    static constexpr size_t kBlockBytes = size_t{64} << 10;

    HugeBlocks() = default;
    ~HugeBlocks();
    HugeBlocks(const HugeBlocks&) = delete;
    HugeBlocks& operator=(const HugeBlocks&) = delete;

    // All zero. Throws std::bad_alloc.
    void* take();
    void give_back(void* block) { free_.push_back(block); }
    // The memory of blocks that were given back goes to the system; they can still be taken.
    void release_free();

  private:
    std::vector<void*> pages_;
    std::vector<void*> free_;
    size_t unused_ = 0;    // bytes at the end of the last page that were never taken
    size_t released_ = 0;  // so many of free_, from the first, have no memory
};

}  // namespace spantoll::window
