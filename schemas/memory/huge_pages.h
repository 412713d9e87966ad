#pragma once

#include <cstddef>
#include <new>

namespace spantoll {

inline constexpr size_t kHugePage = size_t{2} << 20;

// Memory for tables that are read at random, in huge pages as far as the system has some: nearly
// every read of a large table in small pages has to find its page first. All zero, aligned to a
// huge page; std::bad_alloc where there is none.
void* allocate_huge(size_t bytes);
// The same in small pages, until it is worth more.
void* allocate_for_huge(size_t bytes);
void make_huge(void* memory, size_t bytes);
// Of both.
void free_huge(void* memory, size_t bytes);
// A part of it, in whole pages, that holds nothing: zero when next touched, and nobody's until
// then.
void give_pages_back(void* memory, size_t bytes);

// For containers of which a huge page or more is worth one. Names and conversion are those that the
// standard asks of an allocator.
template <typename T>
struct HugePageAllocator {
    using value_type = T;  // NOLINT(readability-identifier-naming)

    HugePageAllocator() = default;
    template <typename U>
    // NOLINTNEXTLINE(google-explicit-constructor)
    HugePageAllocator(const HugePageAllocator<U>& /*other*/) {}

    T* allocate(size_t count) {
        const size_t bytes = count * sizeof(T);
        return static_cast<T*>(is_huge(bytes)
                                   ? allocate_huge(bytes)
                                   : ::operator new(bytes, std::align_val_t{alignof(T)}));
    }
    void deallocate(T* memory, size_t count) {
        const size_t bytes = count * sizeof(T);
        if (is_huge(bytes)) {
            free_huge(memory, bytes);
        } else {
            ::operator delete(memory, std::align_val_t{alignof(T)});
        }
    }
    bool operator==(const HugePageAllocator& /*other*/) const { return true; }

  private:
    static bool is_huge(size_t bytes) { return bytes >= kHugePage; }
};

}  // namespace spantoll
