#include "tools/http/places.h"

#include <algorithm>
#include <arpa/inet.h>
#include <netinet/in.h>
#include <tuple>
#include <utility>

#include "schemas/check.h"
#include "tools/http/limits.h"

namespace spantoll::tools {

std::string network_of(const std::string& address) {
    in_addr v4{};
    if (inet_pton(AF_INET, address.c_str(), &v4) == 1) {
        return (ntohl(v4.s_addr) >> 24u) == 127 ? std::string() : address;
    }
    in6_addr v6{};
    // A scope, as in fe80::1%eth0, does not matter here.
    if (inet_pton(AF_INET6, address.substr(0, address.find('%')).c_str(), &v6) != 1) {
        return address;
    }
    if (IN6_IS_ADDR_LOOPBACK(&v6)) {
        return {};
    }
    const char* bytes = reinterpret_cast<const char*>(v6.s6_addr);
    if (IN6_IS_ADDR_V4MAPPED(&v6)) {
        constexpr ptrdiff_t kV4At = 12;
        char text[INET_ADDRSTRLEN];
        return network_of(inet_ntop(AF_INET, bytes + kV4At, text, sizeof text));
    }
    constexpr size_t kNetworkBytes = 8;
    return std::string(bytes, kNetworkBytes);
}

HttpPlaces::Admission HttpPlaces::admit(const std::string& address, TimePoint now) {
    const std::string network = network_of(address);
    const auto same = by_network_.find(network);
    if (!network.empty() && same != by_network_.end() && same->second >= kHttpPlacesPerAddress) {
        return displace({.kind = Kind::kAny, .network = network}, now);
    }
    if (count(Kind::kAny) < kHttpConnectionsMax) {
        return {.is_admitted = true};
    }
    const Admission instead = displace({.kind = Kind::kAny}, now);
    if (instead.is_admitted) {
        return instead;
    }
    if (count(Kind::kHealthOnly) < kHttpHealthPlaces) {
        return {.is_admitted = true, .kind = Kind::kHealthOnly};
    }
    return displace({.kind = Kind::kHealthOnly}, now);
}

void HttpPlaces::add(Id id, const std::string& address, Kind kind, TimePoint now) {
    Place place{.network = network_of(address), .kind = kind, .since = now};
    ++by_network_[place.network];
    CHECK(places_.emplace(id, std::move(place)).second, "a connection has one place");
}

void HttpPlaces::set(Id id, Waits waits, TimePoint now) {
    const auto found = places_.find(id);
    if (found != places_.end()) {
        found->second.waits = waits;
        found->second.since = now;
    }
}

void HttpPlaces::remove(Id id) {
    const auto found = places_.find(id);
    if (found == places_.end()) {
        return;
    }
    const auto same = by_network_.find(found->second.network);
    if (--same->second == 0) {
        by_network_.erase(same);
    }
    places_.erase(found);
}

size_t HttpPlaces::count(Kind kind) const {
    return static_cast<size_t>(std::ranges::count_if(
        places_, [kind](const auto& one) { return one.second.kind == kind; }));
}

std::optional<HttpPlaces::Id> HttpPlaces::longest_waiting(const Search& search,
                                                          TimePoint now) const {
    using Turn = std::tuple<bool, Waits, TimePoint>;
    std::optional<std::pair<Turn, Id>> best;
    for (const auto& [id, place] : places_) {
        const auto waited = now - place.since;
        const bool is_asked_for = place.kind == search.kind &&
                                  (search.network.empty() || place.network == search.network);
        const bool may_stay = place.waits == Waits::kForAnswer ||
                              (place.waits == Waits::kForBody && waited < kHttpBodyKept);
        if (!is_asked_for || may_stay) {
            continue;
        }
        const bool is_young = place.waits != Waits::kForItsEnd && waited < kHttpPlaceKept;
        const std::pair turn(Turn(is_young, place.waits, place.since), id);
        best = best ? std::min(*best, turn) : turn;
    }
    return best ? std::optional(best->second) : std::nullopt;
}

HttpPlaces::Admission HttpPlaces::displace(const Search& search, TimePoint now) {
    const std::optional<Id> gives_way = longest_waiting(search, now);
    if (gives_way) {
        remove(*gives_way);
    }
    return {.is_admitted = gives_way.has_value(), .kind = search.kind, .gives_way = gives_way};
}

}  // namespace spantoll::tools
