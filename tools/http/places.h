#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>

namespace spantoll::tools {

// Who may have a connection. There are kHttpConnectionsMax places, and some more for health pages
// alone, so that an orchestrator still learns that the process lives when all are taken.
//
// A connection that waits for its client gives its place to a newcomer when none is free: first
// those that were answered and are only being closed, then those that have been kept for
// kHttpPlaceKept, then younger ones. In both of these groups those that never sent a whole head go
// first, then idle ones, then those whose body does not come; of equals the one that waits longest.
// A half-sent head protects nobody, however young it is, so half-sent requests, however many and
// however often they are renewed, only push out each other. A body that goes on within each
// kHttpBodyKept, a request that is being answered, and a stream keep their place.
//
// One address has at most kHttpPlacesPerAddress (an IPv6 network of 64 bits counts as one), but for
// loopback, where every client and every local proxy has the same one.
//
// Serving thread only.
class HttpPlaces {
  public:
    using Id = uint64_t;
    using TimePoint = std::chrono::steady_clock::time_point;

    // What a connection is waiting for, in the order in which they give way.
    enum class Waits {
        kForItsEnd,     // answered, to be closed
        kForFirstHead,  // no whole request yet
        kForNextHead,   // idle
        kForBody,       // since the last kHttpBodyFairBytes of it
        kForAnswer,     // never gives way; streams too
    };
    enum class Kind { kAny, kHealthOnly };

    struct Admission {
        bool is_admitted = false;
        Kind kind = Kind::kAny;
        std::optional<Id> gives_way = {};  // to be closed first; is removed already
    };

    // A newcomer from `address` (an IP literal). Where it is admitted, add() follows.
    Admission admit(const std::string& address, TimePoint now);
    void add(Id id, const std::string& address, Kind kind, TimePoint now);
    void set(Id id, Waits waits, TimePoint now);
    void remove(Id id);

    size_t size() const { return places_.size(); }

  private:
    struct Place {
        std::string network;
        Kind kind = Kind::kAny;
        Waits waits = Waits::kForFirstHead;
        TimePoint since;
    };
    // Whom a newcomer may displace.
    struct Search {
        Kind kind = Kind::kAny;
        std::string network = {};  // empty = any
    };

    size_t count(Kind kind) const;
    std::optional<Id> longest_waiting(const Search& search, TimePoint now) const;
    Admission displace(const Search& search, TimePoint now);

    std::unordered_map<Id, Place> places_;
    std::unordered_map<std::string, size_t> by_network_;
};

// What counts as one client: an IPv4 address, the upper 64 bits of an IPv6 one, empty for
// loopback.
std::string network_of(const std::string& address);

}  // namespace spantoll::tools
