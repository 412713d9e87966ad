#include "schemas/text/zone_database.h"

#include <algorithm>

#include <gtest/gtest.h>

#include "schemas/zone.h"

namespace spantoll {
namespace {

constexpr std::string_view kText =
    "# version 2025b\n"
    "# This zic input file is in the public domain.\n"
    "R d 1916 o - Jun 14 23s 1 S\n"
    "Z Europe/Berlin 0:53:28 - LMT 1893 Ap\n"
    "1 c CE%sT 1945 May 24 2\n"
    "Z Asia/Seoul 8:27:52 - LMT 1908\n"
    "L Europe/Berlin Arctic/Longyearbyen\n";

TEST(ZoneDatabase, TellsItsReleaseAndNames) {
    const ZoneDatabase database = parse_zone_database(kText);
    EXPECT_EQ(database.release, "2025b");
    EXPECT_EQ(database.names,
              (std::vector<std::string>{"Arctic/Longyearbyen", "Asia/Seoul", "Europe/Berlin"}));
}

TEST(ZoneDatabase, IsUnknownWhereThereIsNone) {
    EXPECT_EQ(parse_zone_database("").release, "unknown");
    EXPECT_EQ(zone_suggestion("Europe/Berlin", parse_zone_database("")),
              "no time zones are installed: install the package tzdata");
}

TEST(ZoneDatabase, SuggestsByPlaceThenByLetters) {
    const ZoneDatabase database = parse_zone_database(kText);
    EXPECT_EQ(zone_suggestion("berlin", database), "did you mean \"Europe/Berlin\"?");
    EXPECT_EQ(zone_suggestion("Asia/Berlin", database), "did you mean \"Europe/Berlin\"?");
    EXPECT_EQ(zone_suggestion("Asia/Soul", database), "did you mean \"Asia/Seoul\"?");
    EXPECT_EQ(zone_suggestion("CET+1CEST", database),
              "write a name of the IANA database, such as \"Europe/Berlin\"");
}

// What is installed here: every zone that it names can be used.
TEST(ZoneDatabase, OfThisMachineHasRulesForItsNames) {
    const ZoneDatabase& database = zone_database();
    ASSERT_GT(database.names.size(), 300U) << "is tzdata installed?";
    EXPECT_NE(database.release, "unknown");
    const auto known =
        std::count_if(database.names.begin(), database.names.end(), [](const std::string& name) {
            const std::optional<Zone> zone = Zone::named(name);
            return zone && zone->is_known();
        });
    EXPECT_GT(known, 300) << "legacy names may be in a package of their own";
}

}  // namespace
}  // namespace spantoll
