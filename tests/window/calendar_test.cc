#include "window/calendar.h"

#include <chrono>
#include <rapidcheck.h>

#include <gtest/gtest.h>

#include "schemas/rfc3339.h"

namespace spantoll::window {
namespace {

using std::chrono::sys_days;
using std::chrono::year;

int64_t ms_of(int the_year, unsigned month, unsigned day) {
    const sys_days date{year{the_year} / std::chrono::month{month} / std::chrono::day{day}};
    return static_cast<int64_t>(date.time_since_epoch().count()) * kDayMs;
}

std::string label_at(WindowKind kind, int64_t ms) {
    return period_label(period_of({kind, 0}, EventTime{ms}));
}

TEST(Period, LabelsTheLeapDay) {
    const int64_t noon = ms_of(2024, 2, 29) + 12 * kHourMs;
    EXPECT_EQ(label_at(WindowKind::kHour, noon), "2024-02-29T12");
    EXPECT_EQ(label_at(WindowKind::kDay, noon), "2024-02-29");
    EXPECT_EQ(label_at(WindowKind::kMonth, noon), "2024-02");
    EXPECT_EQ(label_at(WindowKind::kQuarter, noon), "2024-Q1");
    EXPECT_EQ(label_at(WindowKind::kYear, noon), "2024");
    EXPECT_EQ(period_end_ms(period_of({WindowKind::kMonth, 0}, EventTime{noon})),
              ms_of(2024, 3, 1));
}

TEST(Period, OfIsoWeekFollowsItsThursday) {
    EXPECT_EQ(label_at(WindowKind::kWeek, ms_of(2026, 12, 27)), "2026-W52");
    EXPECT_EQ(label_at(WindowKind::kWeek, ms_of(2026, 12, 28)), "2026-W53");
    EXPECT_EQ(label_at(WindowKind::kWeek, ms_of(2027, 1, 3)), "2026-W53");
    EXPECT_EQ(label_at(WindowKind::kWeek, ms_of(2027, 1, 4)), "2027-W01");
    EXPECT_EQ(label_at(WindowKind::kWeek, ms_of(2024, 12, 30)), "2025-W01");
    EXPECT_EQ(label_at(WindowKind::kWeek, ms_of(2021, 1, 3)), "2020-W53");
}

TEST(Period, HoldsItsFirstMillisecondAndNotItsEnd) {
    for (const WindowKind kind : {WindowKind::kHour,
                                  WindowKind::kDay,
                                  WindowKind::kWeek,
                                  WindowKind::kMonth,
                                  WindowKind::kQuarter,
                                  WindowKind::kYear}) {
        for (int64_t ms = ms_of(2023, 12, 1); ms < ms_of(2025, 2, 1); ms += 13 * kHourMs + 1) {
            const Period period = period_of({kind, 0}, EventTime{ms});
            const int64_t end_ms = period_end_ms(period);
            ASSERT_LE(period.start_ms, ms);
            ASSERT_GT(end_ms, ms);
            ASSERT_EQ(period_of({kind, 0}, EventTime{period.start_ms}), period);
            ASSERT_EQ(period_of({kind, 0}, EventTime{end_ms - 1}), period);
            ASSERT_EQ(period_of({kind, 0}, EventTime{end_ms}).start_ms, end_ms);
        }
    }
}

TEST(Period, OfALatticeCountsFromTheEpoch) {
    const WindowSpec five_hours{WindowKind::kEvery, 5 * 60};
    const Period period = period_of(five_hours, EventTime{ms_of(2026, 3, 1)});
    EXPECT_EQ(period.start_ms % (5 * kHourMs), 0);
    EXPECT_EQ(period.start_ms, ms_of(2026, 2, 28) + 22 * kHourMs);
    EXPECT_EQ(period_end_ms(period), ms_of(2026, 3, 1) + 3 * kHourMs);
    EXPECT_EQ(period_label(period), "2026-02-28T22:00Z/5h");
}

TEST(Period, YearEndsAtTheTurn) {
    EXPECT_EQ(label_at(WindowKind::kQuarter, ms_of(2027, 1, 1) - 1), "2026-Q4");
    EXPECT_EQ(label_at(WindowKind::kQuarter, ms_of(2027, 1, 1)), "2027-Q1");
    EXPECT_EQ(period_end_ms(period_of({WindowKind::kQuarter, 0}, EventTime{ms_of(2026, 12, 31)})),
              ms_of(2027, 1, 1));
}

int64_t at(std::string_view text) {
    return parse_rfc3339(text, 1).value();
}

WindowSpec window_of(std::string_view text) {
    return parse_window(text).value();
}

// "START .. END" of the window that holds a time.
std::string bounds_at(std::string_view window, std::string_view time) {
    const Period period = period_of(window_of(window), EventTime{at(time)});
    return rfc3339(period.start_ms) + " .. " + rfc3339(period_end_ms(period));
}

TEST(Zone, IsKnownByItsName) {
    EXPECT_TRUE(Zone().is_utc());
    EXPECT_EQ(Zone::named("UTC"), Zone());
    const std::optional<Zone> berlin = Zone::named("Europe/Berlin");
    ASSERT_TRUE(berlin);
    EXPECT_TRUE(berlin->is_known());
    EXPECT_EQ(berlin->name(), "Europe/Berlin");
    EXPECT_EQ(berlin, Zone::named("Europe/Berlin"));
    EXPECT_NE(berlin, Zone::named("Europe/Paris"));
    EXPECT_LT(*berlin, Zone());  // by name
}

TEST(Zone, WithoutRulesIsUtcAndSaysSo) {
    for (const std::string_view name :
         {"Mars/Olympus", "localtime", "right/Europe/Berlin", "tzdata"}) {
        const std::optional<Zone> zone = Zone::named(name);
        ASSERT_TRUE(zone) << name;
        EXPECT_FALSE(zone->is_known()) << name;
        EXPECT_EQ(zone->civil_ms(12'345), 12'345);
        EXPECT_EQ(zone->first_at_or_past(12'345), 12'345);
    }
}

// A name becomes a path.
TEST(Zone, NoPathIsAName) {
    for (const std::string_view name : {"",
                                        "/etc/localtime",
                                        "../Berlin",
                                        "Europe//Berlin",
                                        "Europe/",
                                        "tzdata.zi",
                                        "Europe/Berlin ",
                                        "a\nb"}) {
        EXPECT_FALSE(Zone::named(name)) << name;
    }
    EXPECT_FALSE(Zone::named(std::string(65, 'a')));
}

TEST(Period, InAZoneFollowsItsClocks) {
    EXPECT_EQ(bounds_at("day Europe/Berlin", "2026-03-29T12:00"),
              "2026-03-28T23:00:00.000Z .. 2026-03-29T22:00:00.000Z");
    EXPECT_EQ(bounds_at("hour Europe/Berlin", "2026-10-25T01:59:59.999"),
              "2026-10-25T00:00:00.000Z .. 2026-10-25T02:00:00.000Z");
    EXPECT_EQ(bounds_at("day America/Sao_Paulo", "2017-10-15T03:00"),
              "2017-10-15T03:00:00.000Z .. 2017-10-16T02:00:00.000Z");
    EXPECT_EQ(bounds_at("day Pacific/Apia", "2011-12-30T09:59"),
              "2011-12-29T10:00:00.000Z .. 2011-12-30T10:00:00.000Z");
    EXPECT_EQ(bounds_at("hour Australia/Lord_Howe", "2026-04-04T15:00"),
              "2026-04-04T14:00:00.000Z .. 2026-04-04T15:30:00.000Z");
}

// On 4 November 2007 clocks in St. John's were set from 00:01 back to 23:01. The day had begun.
TEST(Period, BeginsOnceWhereClocksAreSetBackOverItsBegin) {
    EXPECT_EQ(bounds_at("day America/St_Johns", "2007-11-04T03:00"),
              "2007-11-04T02:30:00.000Z .. 2007-11-05T03:30:00.000Z");
    EXPECT_EQ(bounds_at("hour America/St_Johns", "2007-11-04T03:00"),
              "2007-11-04T02:30:00.000Z .. 2007-11-04T04:30:00.000Z");
    const auto label = [](std::string_view time) {
        return period_label(period_of(window_of("hour America/St_Johns"), EventTime{at(time)}));
    };
    EXPECT_EQ(label("2007-11-04T02:29"), "2007-11-03T23");
    EXPECT_EQ(label("2007-11-04T03:00"), "2007-11-04T00");
    EXPECT_EQ(label("2007-11-04T04:30"), "2007-11-04T01");
}

TEST(Period, MayBeginOnADayOfItsOwn) {
    EXPECT_EQ(bounds_at("week from sunday", "2026-03-07T23:59"),
              "2026-03-01T00:00:00.000Z .. 2026-03-08T00:00:00.000Z");
    EXPECT_EQ(bounds_at("month from day 15", "2026-01-14T23:59"),
              "2025-12-15T00:00:00.000Z .. 2026-01-15T00:00:00.000Z");
    EXPECT_EQ(bounds_at("year from march", "2024-02-29T23:59"),
              "2023-03-01T00:00:00.000Z .. 2024-03-01T00:00:00.000Z");
    EXPECT_EQ(bounds_at("quarter from december", "2026-02-28T23:59"),
              "2025-12-01T00:00:00.000Z .. 2026-03-01T00:00:00.000Z");
    EXPECT_EQ(period_label(period_of(window_of("year Asia/Tokyo from april"),
                                     EventTime{at("2026-03-31T15:00")})),
              "2026-04-01/year");
}

TEST(Period, OfALatticeGoesBothWaysFromItsAnchor) {
    EXPECT_EQ(bounds_at("every 5h from 2026-03-02T08:00:00Z", "2026-03-01T06:59:59.999"),
              "2026-03-01T02:00:00.000Z .. 2026-03-01T07:00:00.000Z");
    EXPECT_EQ(bounds_at("every 168h from 1969-12-28T00:00:00Z", "2026-03-07T23:59"),
              "2026-03-01T00:00:00.000Z .. 2026-03-08T00:00:00.000Z");
    EXPECT_EQ(bounds_at("every 1m from 2026-01-01T00:00:30.250Z", "2026-03-01T00:00:30.249"),
              "2026-02-28T23:59:30.250Z .. 2026-03-01T00:00:30.250Z");
    const WindowSpec own = window_of("every 1h from first");
    const int64_t anchor_ms = at("2026-03-01T10:30:00.500");
    const Period period = period_of(anchored_at(own, anchor_ms), EventTime{anchor_ms - 1});
    EXPECT_EQ(rfc3339(period.start_ms), "2026-03-01T09:30:00.500Z");
    EXPECT_EQ(period_end_ms({own, period.start_ms}), anchor_ms);
    EXPECT_EQ(period_label({own, period.start_ms}), "2026-03-01T09:30:00.500Z/1h");
}

TEST(Period, OfALifetimeHasNoEnd) {
    const Period period = period_of(window_of("lifetime"), EventTime{at("2026-03-01")});
    EXPECT_EQ(period.start_ms, 0);
    EXPECT_EQ(period_end_ms(period), kNeverMs);
    EXPECT_EQ(period_label(period), "lifetime");
}

// ---- against a search minute by minute

// With summer time north and south, leaps at midnight, of half an hour, of two hours and of a day.
const std::vector<std::string> kZones{"Europe/Berlin",
                                      "America/New_York",
                                      "Australia/Sydney",
                                      "America/Sao_Paulo",
                                      "Pacific/Apia",
                                      "Australia/Lord_Howe",
                                      "America/St_Johns",
                                      "Africa/Casablanca",
                                      "America/Havana",
                                      "Asia/Pyongyang",
                                      "America/Caracas",
                                      "Pacific/Chatham",
                                      "Antarctica/Troll",
                                      "Africa/Cairo",
                                      "America/Asuncion",
                                      "Asia/Kathmandu",
                                      "Asia/Gaza",
                                      "UTC"};

// A number that rises with civil time, by one from a nominal period to the next.
int64_t nominal_number(const WindowSpec& window, int64_t civil_ms) {
    const int64_t day = floor_divide(civil_ms, kDayMs);
    const std::chrono::year_month_day date{sys_days{std::chrono::days{day}}};
    int64_t month =
        int64_t{static_cast<int>(date.year())} * 12 + static_cast<unsigned>(date.month()) - 1;
    month -= static_cast<unsigned>(date.day()) < window.month_day ? 1 : 0;
    switch (window.kind) {
        case WindowKind::kHour:
            return floor_divide(civil_ms, kHourMs);
        case WindowKind::kDay:
            return day;
        case WindowKind::kWeek:  // day 0 was a Thursday, the fourth of seven
            return floor_divide(day + 4 - window.week_start, 7);
        case WindowKind::kMonth:
            return month;
        case WindowKind::kQuarter:
            return floor_divide(month - (window.year_start - 1), 3);
        default:
            return floor_divide(month - (window.year_start - 1), 12);
    }
}

struct Searched {
    int64_t start_ms = 0;
    int64_t end_ms = 0;
};

// By the definition: a period has begun once its civil time was shown. `reach` is longer than it.
Searched search(const WindowSpec& window, int64_t time_ms, int64_t reach_ms) {
    const int64_t first = floor_divide(time_ms - reach_ms, kMinuteMs) * kMinuteMs;
    Searched found;
    int64_t begun = nominal_number(window, window.zone.civil_ms(first));
    for (int64_t ms = first;; ms += kMinuteMs) {
        const int64_t number = nominal_number(window, window.zone.civil_ms(ms));
        if (number <= begun) {
            continue;
        }
        if (ms > time_ms) {
            found.end_ms = ms;
            return found;
        }
        begun = number;
        found.start_ms = ms;
    }
}

WindowSpec any_civil_window() {
    WindowSpec window;
    window.kind = *rc::gen::element(WindowKind::kHour,
                                    WindowKind::kHour,
                                    WindowKind::kDay,
                                    WindowKind::kDay,
                                    WindowKind::kWeek,
                                    WindowKind::kMonth,
                                    WindowKind::kQuarter);
    window.zone = Zone::named(*rc::gen::elementOf(kZones)).value();
    if (window.kind == WindowKind::kWeek) {
        window.week_start = *rc::gen::inRange<uint8_t>(1, 8);
    }
    if (window.kind == WindowKind::kMonth) {
        window.month_day = *rc::gen::inRange<uint8_t>(1, 29);
    }
    if (window.kind == WindowKind::kQuarter) {
        window.year_start = *rc::gen::inRange<uint8_t>(1, 13);
    }
    return window;
}

// Half of them within two days of an hour at which clocks in some zone are set.
int64_t any_time_ms() {
    static const std::vector<int64_t> turns{at("2011-12-30T10:00"),
                                            at("2007-11-04T02:31"),
                                            at("2017-10-15T03:00"),
                                            at("2018-02-18T02:00"),
                                            at("2026-03-29T01:00"),
                                            at("2026-10-25T01:00"),
                                            at("2026-04-04T15:00"),
                                            at("2026-10-03T15:30"),
                                            at("2015-08-14T15:00"),
                                            at("2018-05-04T15:00"),
                                            at("2007-12-09T07:00"),
                                            at("2016-05-01T07:00"),
                                            at("2014-09-25T21:00"),
                                            at("2026-03-08T05:00"),
                                            at("2026-02-15T02:00"),
                                            at("2024-02-29T12:00")};
    if (*rc::gen::arbitrary<bool>()) {
        return *rc::gen::inRange<int64_t>(at("2001-09-10"), at("2045-01-01"));
    }
    return *rc::gen::elementOf(turns) + *rc::gen::inRange<int64_t>(-2 * kDayMs, 2 * kDayMs);
}

TEST(Period, IsWhatASearchMinuteByMinuteFinds) {
    EXPECT_TRUE(rc::check([] {
        const WindowSpec window = any_civil_window();
        const int64_t time_ms = any_time_ms();
        const int64_t reach_ms = window.kind == WindowKind::kQuarter ? 96 * kDayMs
                                 : window.kind == WindowKind::kMonth ? 34 * kDayMs
                                 : window.kind == WindowKind::kWeek  ? 10 * kDayMs
                                                                     : 4 * kDayMs;
        const Searched searched = search(window, time_ms, reach_ms);
        const Period period = period_of(window, EventTime{time_ms});
        RC_ASSERT(period.start_ms == searched.start_ms);
        RC_ASSERT(period_end_ms(period) == searched.end_ms);
        RC_ASSERT(period_of(window, EventTime{searched.end_ms}).start_ms == searched.end_ms);
    }));
}

TEST(Period, LabelsOfAWindowAreDistinctAndAscend) {
    for (const std::string& zone : kZones) {
        for (const WindowKind kind :
             {WindowKind::kHour, WindowKind::kDay, WindowKind::kWeek, WindowKind::kMonth}) {
            WindowSpec window{kind};
            window.zone = Zone::named(zone).value();
            for (const std::string_view from :
                 {"2007-10-20", "2011-12-10", "2017-10-01", "2026-03-01", "2026-10-01"}) {
                Period period = period_of(window, EventTime{at(from)});
                const int64_t end_ms = at(from) + 45 * kDayMs;
                while (period.start_ms < end_ms) {
                    const Period next = period_of(window, EventTime{period_end_ms(period)});
                    ASSERT_EQ(next.start_ms, period_end_ms(period));
                    ASSERT_LT(period_label(period), period_label(next)) << to_text(window);
                    period = next;
                }
            }
        }
    }
}

}  // namespace
}  // namespace spantoll::window
