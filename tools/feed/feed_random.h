#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace spantoll::tools {

// A bijection of 64 bits that looks random (the finalizer of SplitMix64): different inputs give
// different outputs.
constexpr uint64_t mix64(uint64_t value) {
    value ^= value >> 30;
    value *= 0xbf58476d1ce4e5b9ULL;
    value ^= value >> 27;
    value *= 0x94d049bb133111ebULL;
    return value ^ (value >> 31);
}

// Numbers that look random and are the same on every machine. SplitMix64 starts again for each
// event from (seed, number), so that any event can be made again.
class FeedRandom {
  public:
    FeedRandom(uint64_t seed, uint64_t number) : state_(mix64(seed) ^ mix64(number + kStep)) {}

    uint64_t next() {
        state_ += kStep;
        return mix64(state_);
    }
    // 0 .. bound - 1; bound > 0.
    uint64_t below(uint64_t bound) {
        __extension__ using Wide = unsigned __int128;
        return static_cast<uint64_t>((Wide{next()} * bound) >> 64);
    }
    // least .. most
    uint64_t between(uint64_t least, uint64_t most) { return least + below(most - least + 1); }
    bool chance(double probability) {
        return static_cast<double>(next() >> 11) * 0x1p-53 < probability;
    }

  private:
    static constexpr uint64_t kStep = 0x9e3779b97f4a7c15ULL;
    uint64_t state_;
};

// Names that are picked by weight in constant time (Vose's alias method). Not empty.
class NamePool {
  public:
    NamePool(std::vector<std::string> names, const std::vector<double>& weights);

    // Weights 1 / rank^exponent: 0 is uniform, 1.1 gives a few big names and many small ones.
    static NamePool zipf(std::vector<std::string> names, double exponent);
    // "prefix00001.suffix" and so on.
    static std::vector<std::string> numbered(std::string_view prefix,
                                             size_t count,
                                             std::string_view suffix = "");

    size_t pick_index(FeedRandom& random) const;
    std::string_view pick(FeedRandom& random) const { return names_[pick_index(random)]; }
    std::string_view at(size_t index) const { return names_[index]; }
    size_t size() const { return names_.size(); }

  private:
    struct Slot {
        double keep = 1;  // probability of the slot's own name, else `other`
        uint32_t other = 0;
    };
    std::vector<std::string> names_;
    std::vector<Slot> slots_;
};

}  // namespace spantoll::tools
