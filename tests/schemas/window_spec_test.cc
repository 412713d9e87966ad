#include "schemas/window_spec.h"

#include <rapidcheck.h>

#include <gtest/gtest.h>

#include "tests/schemas/sample_windows.h"

namespace spantoll {
namespace {

TEST(WindowSpec, IsReadBackFromItsText) {
    EXPECT_TRUE(rc::check([] {
        const WindowSpec window = any_window();
        RC_ASSERT(parse_window(to_text(window)) == window);
    }));
}

TEST(WindowSpec, SaysWhatIsNotAsUsual) {
    for (const std::string_view text : {"rolling 24h",
                                        "rolling 90m",
                                        "lifetime",
                                        "day",
                                        "hour Australia/Lord_Howe",
                                        "week from sunday",
                                        "week Europe/Berlin from saturday",
                                        "month from day 15",
                                        "quarter from february",
                                        "year Asia/Tokyo from april",
                                        "every 5h",
                                        "every 5h from first",
                                        "every 90m from 2026-11-01T08:00:00Z",
                                        "every 5h from 1969-12-31T23:59:59.999Z"}) {
        const std::optional<WindowSpec> window = parse_window(text);
        ASSERT_TRUE(window) << text;
        EXPECT_EQ(to_text(*window), text);
    }
    EXPECT_EQ(to_text(*parse_window("every 2d from 1970-01-01T00:00:00Z")), "every 48h");
}

TEST(WindowSpec, IsNothingElse) {
    for (const std::string_view text : {"",
                                        " ",
                                        "day ",
                                        "day UTC",
                                        "days",
                                        "day from sunday",
                                        "day Europe/Berlin from",
                                        "day Europe/Berlin from ",
                                        "week from monday",
                                        "week from Sunday",
                                        "week from sunday Europe/Berlin",
                                        "month from day 1",
                                        "month from day 29",
                                        "month from day 1x",
                                        "month from 15",
                                        "year from january",
                                        "rolling 24h from first",
                                        "rolling",
                                        "every",
                                        "every 5h from",
                                        "every 5h first",
                                        "every 5h from noon",
                                        "every 30s",
                                        "lifetime Europe/Berlin",
                                        "day ../Berlin"}) {
        EXPECT_FALSE(parse_window(text)) << text;
    }
}

}  // namespace
}  // namespace spantoll
