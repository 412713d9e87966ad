#include "schemas/memory/huge_pages.h"

#include <cstdint>
#include <sys/mman.h>

namespace spantoll {
namespace {

// Linux 6.1; Debian 12's C library does not know it yet.
#ifdef MADV_COLLAPSE
constexpr int kCollapse = MADV_COLLAPSE;
#else
constexpr int kCollapse = 25;
#endif

size_t in_whole_pages(size_t bytes) {
    constexpr size_t kPage = 4096;
    return (bytes + kPage - 1) / kPage * kPage;
}

}  // namespace

// What madvise says of huge pages is not looked at: they are a wish, and the memory is there.
void* allocate_huge(size_t bytes) {
    void* const memory = allocate_for_huge(bytes);
    ::madvise(memory, in_whole_pages(bytes), MADV_HUGEPAGE);
    return memory;
}

// From the kernel: what an allocator has in stock may have been touched in small pages.
void* allocate_for_huge(size_t bytes) {
    const size_t kept = in_whole_pages(bytes);
    void* const mapped = ::mmap(
        nullptr, kept + kHugePage, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (mapped == MAP_FAILED) {
        throw std::bad_alloc();
    }
    char* const begin = static_cast<char*>(mapped);
    const size_t before = -reinterpret_cast<uintptr_t>(begin) % kHugePage;
    char* const memory = begin + before;
    if (before > 0) {
        ::munmap(begin, before);
    }
    ::munmap(memory + kept, kHugePage - before);
    return memory;
}

void make_huge(void* memory, size_t bytes) {
    ::madvise(memory, in_whole_pages(bytes), MADV_HUGEPAGE);
    ::madvise(memory, in_whole_pages(bytes), kCollapse);  // what was touched before
}

void free_huge(void* memory, size_t bytes) {
    ::munmap(memory, in_whole_pages(bytes));
}

void give_pages_back(void* memory, size_t bytes) {
    ::madvise(memory, bytes, MADV_DONTNEED);
}

}  // namespace spantoll
