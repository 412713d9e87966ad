#include "tools/feed/time_text.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace spantoll::tools {
namespace {

struct Row {
    std::string text;
    std::optional<int64_t> ms;
};

TEST(TimeText, IsReadInManyForms) {
    const std::vector<Row> table{
        {"2023-11-16 18:17:03.9799600", 1700158623979},
        {"2023-11-16T18:17:03.979Z", 1700158623979},
        {"2023-11-16t18:17:03.979z", 1700158623979},
        {"2023-11-16T18:17:03.97999999999999999999Z", 1700158623979},
        {"2023-11-16 18:17:03.9", 1700158623900},
        {"2023-11-16 18:17:03", 1700158623000},
        {"2023-11-16 18:17", 1700158620000},
        {"2023-11-16", 1700092800000},
        {"2023-11-16 18:17:03 UTC", 1700158623000},
        {"2023-11-16T19:17:03+01:00", 1700158623000},
        {"2023-11-16T19:17:03 +0100", 1700158623000},
        {"2023-11-16T19:17:03+01", 1700158623000},
        {"2023-11-16T12:47:03-05:30", 1700158623000},
        {"2024-02-29T00:00:00Z", 1709164800000},
        {"2016-12-31T23:59:59.999Z", 1483228799999},
        {"2016-12-31T23:59:60Z", 1483228799999},
        {"2016-12-31 23:59:60.25", 1483228799999},
        {"2017-01-01T00:59:60+01:00", 1483228799999},
        {"2015-06-30T23:59:60Z", 1435708799999},
        {"1700158623979", 1700158623979},
    };
    for (const Row& row : table) {
        EXPECT_EQ(parse_time_ms(row.text), row.ms) << row.text;
    }
}

TEST(TimeText, ThatIsNoTimeIsRefused) {
    for (const std::string text : {"",
                                   "now",
                                   "1700158623",        // seconds
                                   "1700158623979000",  // microseconds
                                   "0700158623979",
                                   "2023-02-29",
                                   "2023-13-01",
                                   "2023-11-16 24:00:00",
                                   "2023-11-16 18:60:00",
                                   "2023-11-16 18:17:61",
                                   "2023-11-16 18:17:60",
                                   "2023-11-16 23:59:60",
                                   "2016-12-31T23:59:60+01:00",
                                   "2016-12-31T22:59:60Z",
                                   "2016-03-31T23:59:60Z",
                                   "2016-12-31T23:59:61Z",
                                   "2023-11-16 18",
                                   "2023-11-16 18:17:03.",
                                   "2023-11-16 18:17:03 CET",
                                   "2023-11-16T18:17:03Z and more",
                                   "2023-11-16T18:17:03+1",
                                   "2023-11-16X18:17:03",
                                   "16.11.2023 18:17",
                                   "2023-1-6 18:17:03",
                                   "11/16/2023"}) {
        EXPECT_EQ(parse_time_ms(text), std::nullopt) << text;
    }
}

struct Form {
    std::string text;
    std::string says;  // the beginning
};

TEST(TimeText, ThatIsRefusedIsSaidToLookLikeSomething) {
    const std::vector<Form> table{
        {"1790812800", "seconds since 1970"},
        {"1790812800.25", "seconds since 1970"},
        {"1790812800000000", "microseconds"},
        {"1790812800000000000", "nanoseconds"},
        {"1790812800000.5", "milliseconds with a fraction"},
        {"10/15/2026", "a date as month/day/year or day/month/year"},
        {"1/5/2026 10:00", "a date as month/day/year or day/month/year"},
        {"15.10.2026", "a date as day.month.year"},
        {"2026/10/15", "a date with slashes"},
        {"2026-10-15T10:00:60Z", "a leap second where there is none"},
    };
    for (const Form& form : table) {
        EXPECT_EQ(parse_time_ms(form.text), std::nullopt) << form.text;
        EXPECT_TRUE(time_form(form.text).starts_with(form.says))
            << form.text << ": " << time_form(form.text);
    }
    for (const char* text :
         {"", "yesterday", "17", "2023-02-29", "0700158623979", "1700158623979."}) {
        EXPECT_EQ(time_form(text), "") << text;
    }
}

TEST(TimeText, MayBeRelativeToNow) {
    EXPECT_EQ(parse_time_from_now_ms("now", 5'000'000), 5'000'000);
    EXPECT_EQ(parse_time_from_now_ms("-1h", 5'000'000), 1'400'000);
    EXPECT_EQ(parse_time_from_now_ms("+10s", 5'000'000), 5'010'000);
    EXPECT_EQ(parse_time_from_now_ms("2023-11-16", 5'000'000), 1700092800000);
    EXPECT_EQ(parse_time_from_now_ms("-1 hour", 5'000'000), std::nullopt);
    EXPECT_EQ(parse_time_from_now_ms("-", 5'000'000), std::nullopt);
}

}  // namespace
}  // namespace spantoll::tools
