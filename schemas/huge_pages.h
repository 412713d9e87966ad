#pragma once

#include <cstddef>
#include <new>

namespace spantoll {

inline constexpr size_t kHugePage = size_t{2} << 20;

// Memory for tables that are read at random, aligned to huge pages and asked of the kernel in them:
// nearly every read of a large table in small pages has to find its page first. Throws
// std::bad_alloc.
void* allocate_huge(size_t bytes);
void free_huge(void* memory);
// Small pages of a range that were touched before it was asked for in huge ones are made into some.
void collapse_to_huge(void* memory, size_t bytes);
// The range holds nothing and is zero when next touched.
void give_pages_back(void* memory, size_t bytes);

// For containers of which a huge page or more is worth one.
template <typename T>
struct HugePageAllocator {
    using value_type = T;

    HugePageAllocator() = default;
    template <typename U>
    HugePageAllocator(const HugePageAllocator<U>& /*other*/) {}

    T* allocate(size_t count) {
        const size_t bytes = count * sizeof(T);
        return static_cast<T*>(is_huge(bytes)
                                   ? allocate_huge(bytes)
                                   : ::operator new(bytes, std::align_val_t{alignof(T)}));
    }
    void deallocate(T* memory, size_t count) {
        if (is_huge(count * sizeof(T))) {
            free_huge(memory);
        } else {
            ::operator delete(memory, std::align_val_t{alignof(T)});
        }
    }
    bool operator==(const HugePageAllocator& /*other*/) const { return true; }

  private:
    static bool is_huge(size_t bytes) { return bytes >= kHugePage; }
};

}  // namespace spantoll
