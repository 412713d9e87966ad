#include "window/dedup/huge_blocks.h"

#include <algorithm>
#include <cstring>

#include "schemas/memory/huge_pages.h"

namespace spantoll::window {

HugeBlocks::~HugeBlocks() {
    for (void* page : pages_) {
        free_huge(page, kHugePage);
    }
}

void* HugeBlocks::take() {
    if (!free_.empty()) {
        void* const block = free_.back();
        free_.pop_back();
        released_ = std::min(released_, free_.size());
        return std::memset(block, 0, kBlockBytes);
    }
    if (unused_ == 0) {
        pages_.push_back(allocate_huge(kHugePage));
        unused_ = kHugePage;
    }
    char* const block = static_cast<char*>(pages_.back()) + (kHugePage - unused_);
    unused_ -= kBlockBytes;
    return block;  // as it came from the kernel
}

void HugeBlocks::release_free() {
    for (; released_ < free_.size(); ++released_) {
        give_pages_back(free_[released_], kBlockBytes);
    }
}

}  // namespace spantoll::window
