#include <gtest/gtest.h>

#include "tools/http/limits.h"
#include "tools/http/places.h"

namespace spantoll::tools {
namespace {

using Kind = HttpPlaces::Kind;
using Waits = HttpPlaces::Waits;
using std::chrono::milliseconds;

constexpr const char* kLoopback = "127.0.0.1";

class HttpPlacesTest : public ::testing::Test {
  protected:
    HttpPlaces::TimePoint at(int ms) const { return start_ + milliseconds(ms); }

    // A newcomer; its id, or 0 where it was refused. Whom it displaced is in gave_way_.
    HttpPlaces::Id come(const std::string& address, int ms) {
        const HttpPlaces::Admission admission = places_.admit(address, at(ms));
        gave_way_ = admission.gives_way.value_or(0);
        kind_ = admission.kind;
        if (!admission.is_admitted) {
            return 0;
        }
        places_.add(++last_, address, admission.kind, at(ms));
        return last_;
    }
    void fill(int ms) {
        for (size_t i = 0; i < kHttpConnectionsMax; ++i) {
            ASSERT_NE(come(kLoopback, ms), 0u);
        }
    }

    const HttpPlaces::TimePoint start_ = {};
    HttpPlaces places_;
    HttpPlaces::Id last_ = 0;
    HttpPlaces::Id gave_way_ = 0;
    Kind kind_ = Kind::kAny;
};

TEST_F(HttpPlacesTest, OneThatWaitsForItsClientGivesWay) {
    fill(0);
    EXPECT_EQ(come(kLoopback, 1000), kHttpConnectionsMax + 1);
    EXPECT_NE(gave_way_, 0u);
    EXPECT_EQ(kind_, Kind::kAny);
    EXPECT_EQ(places_.size(), kHttpConnectionsMax);
}

// A client that renews half-sent connections before any of them grows old.
TEST_F(HttpPlacesTest, TheOldestWithoutAWholeHeadGivesWayAtOnce) {
    fill(0);
    places_.set(1, Waits::kForAnswer, at(0));
    places_.set(2, Waits::kForNextHead, at(0));
    places_.set(7, Waits::kForFirstHead, at(-1));
    for (const HttpPlaces::Id expected : {7u, 3u, 4u}) {
        places_.set(expected, Waits::kForFirstHead, at(-1));
        EXPECT_NE(come(kLoopback, 1), 0u);
        EXPECT_EQ(gave_way_, expected);
        EXPECT_EQ(kind_, Kind::kAny);
    }
    for (HttpPlaces::Id id = 3; id <= last_; ++id) {
        places_.set(id, Waits::kForAnswer, at(1));
    }
    EXPECT_NE(come(kLoopback, 2), 0u);
    EXPECT_EQ(gave_way_, 2u) << "an idle one, where no other is left";
}

TEST_F(HttpPlacesTest, WhoWasKeptForItsSecondGoesBeforeAYoungHead) {
    fill(500);
    places_.set(9, Waits::kForNextHead, at(0));
    EXPECT_NE(come(kLoopback, 1000), 0u);
    EXPECT_EQ(gave_way_, 9u);
}

TEST_F(HttpPlacesTest, ABodyThatComesKeepsItsPlaceAndOneThatDoesNotGoesLast) {
    fill(0);
    for (HttpPlaces::Id id = 1; id <= kHttpConnectionsMax; ++id) {
        places_.set(id, Waits::kForBody, at(0));
    }
    const auto kept = static_cast<int>(kHttpBodyKept.count());
    EXPECT_NE(come(kLoopback, kept - 1), 0u);
    EXPECT_EQ(gave_way_, 0u);
    EXPECT_EQ(kind_, Kind::kHealthOnly);
    for (HttpPlaces::Id id = 1; id <= kHttpConnectionsMax; ++id) {
        places_.set(id, Waits::kForBody, at(id == 5 ? 0 : 1));
    }
    EXPECT_NE(come(kLoopback, kept), 0u);
    EXPECT_EQ(gave_way_, 5u);
    EXPECT_EQ(kind_, Kind::kAny);
}

TEST_F(HttpPlacesTest, TheOneThatWaitsLongestGoes) {
    fill(1);
    places_.set(7, Waits::kForFirstHead, at(0));
    come(kLoopback, 2000);
    EXPECT_EQ(gave_way_, 7u);
}

TEST_F(HttpPlacesTest, TheyGiveWayInTheOrderOfWhatTheyAreWorth) {
    fill(0);
    for (HttpPlaces::Id id = 1; id <= kHttpConnectionsMax; ++id) {
        places_.set(id, Waits::kForAnswer, at(0));
    }
    places_.set(10, Waits::kForBody, at(0));
    places_.set(11, Waits::kForNextHead, at(1));
    places_.set(12, Waits::kForFirstHead, at(2));
    places_.set(13, Waits::kForItsEnd, at(3));
    for (const HttpPlaces::Id expected : {13u, 12u, 11u, 10u}) {
        const HttpPlaces::Id id = come(kLoopback, 2000);
        EXPECT_EQ(gave_way_, expected);
        places_.set(id, Waits::kForAnswer, at(2000));
    }
    // Those that are being answered stay.
    EXPECT_NE(come(kLoopback, 60'000), 0u);
    EXPECT_EQ(gave_way_, 0u);
    EXPECT_EQ(kind_, Kind::kHealthOnly);
}

TEST_F(HttpPlacesTest, HealthHasPlacesOfItsOwnThatTheNewestGets) {
    fill(0);
    for (HttpPlaces::Id id = 1; id <= kHttpConnectionsMax; ++id) {
        places_.set(id, Waits::kForAnswer, at(0));
    }
    for (size_t i = 0; i < kHttpHealthPlaces; ++i) {
        EXPECT_NE(come(kLoopback, 1), 0u);
        EXPECT_EQ(kind_, Kind::kHealthOnly);
        EXPECT_EQ(gave_way_, 0u);
    }
    EXPECT_NE(come(kLoopback, 2), 0u);
    EXPECT_EQ(kind_, Kind::kHealthOnly);
    EXPECT_GT(gave_way_, kHttpConnectionsMax) << "one of the health places, at once";
    EXPECT_EQ(places_.size(), kHttpConnectionsMax + kHttpHealthPlaces);
}

TEST_F(HttpPlacesTest, IsFullWhenEverybodyIsBeingAnswered) {
    fill(0);
    for (HttpPlaces::Id id = 1; id <= kHttpConnectionsMax + kHttpHealthPlaces; ++id) {
        places_.set(id, Waits::kForAnswer, at(0));
        if (id >= kHttpConnectionsMax) {
            come(kLoopback, 0);
        }
    }
    EXPECT_EQ(come(kLoopback, 60'000), 0u);
    places_.remove(3);
    EXPECT_NE(come(kLoopback, 60'000), 0u);
    EXPECT_EQ(kind_, Kind::kAny);
}

TEST_F(HttpPlacesTest, OneAddressLeavesHalfOfThePlacesToOthers) {
    for (size_t i = 0; i < kHttpPlacesPerAddress; ++i) {
        ASSERT_NE(come("192.0.2.1", 0), 0u);
    }
    ASSERT_NE(come("192.0.2.2", 0), 0u);
    places_.set(last_, Waits::kForFirstHead, at(-1));
    EXPECT_NE(come("192.0.2.1", 1), 0u) << "it may displace its own";
    EXPECT_NE(gave_way_, 0u);
    EXPECT_NE(gave_way_, kHttpPlacesPerAddress + 1);
    for (HttpPlaces::Id id = 1; id <= last_; ++id) {
        places_.set(id, Waits::kForAnswer, at(1));
    }
    EXPECT_EQ(come("192.0.2.1", 60'000), 0u);
    EXPECT_NE(come("192.0.2.2", 1000), 0u);
    EXPECT_EQ(gave_way_, 0u);
    for (HttpPlaces::Id id = 1; id <= last_; ++id) {
        places_.remove(id);
    }
    EXPECT_EQ(places_.size(), 0u);
    EXPECT_NE(come("192.0.2.1", 1001), 0u);
}

TEST_F(HttpPlacesTest, ANetworkOf64BitsIsOneAddress) {
    EXPECT_EQ(network_of("2001:db8::1"), network_of("2001:db8::ffff:1"));
    EXPECT_NE(network_of("2001:db8::1"), network_of("2001:db8:0:1::1"));
    EXPECT_EQ(network_of("fe80::1%eth0"), network_of("fe80::2"));
    EXPECT_EQ(network_of("::ffff:192.0.2.1"), "192.0.2.1");
    for (const char* loopback : {"127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1"}) {
        EXPECT_EQ(network_of(loopback), "") << loopback;
    }
}

}  // namespace
}  // namespace spantoll::tools
