#include "schemas/huge_pages.h"

#include <sys/mman.h>

namespace spantoll {
namespace {

// Linux 6.1; Debian 12's C library does not know it yet.
#ifdef MADV_COLLAPSE
constexpr int kCollapse = MADV_COLLAPSE;
#else
constexpr int kCollapse = 25;
#endif

}  // namespace

// What madvise says of huge pages is not looked at: they are a wish, and the memory is there.
void* allocate_huge(size_t bytes) {
    void* const memory = ::operator new(bytes, std::align_val_t{kHugePage});
    ::madvise(memory, bytes, MADV_HUGEPAGE);
    return memory;
}

void free_huge(void* memory) {
    ::operator delete(memory, std::align_val_t{kHugePage});
}

void collapse_to_huge(void* memory, size_t bytes) {
    ::madvise(memory, bytes, MADV_HUGEPAGE);
    ::madvise(memory, bytes, kCollapse);
}

void give_pages_back(void* memory, size_t bytes) {
    ::madvise(memory, bytes, MADV_DONTNEED);
}

}  // namespace spantoll
