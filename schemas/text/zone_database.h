#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace spantoll {

// What the system's time zone database says of itself, in its file tzdata.zi. The rules themselves
// are read by schemas/zone.h.
struct ZoneDatabase {
    std::string release = "unknown";  // "2025b"
    std::vector<std::string> names;   // of zones; empty where the file is missing
};

// Where TZDIR points to, else /usr/share/zoneinfo. Read once.
const ZoneDatabase& zone_database();

ZoneDatabase parse_zone_database(std::string_view tzdata_zi);

// "did you mean \"Europe/Berlin\"?" for "Berlin" and "europe/berlin", else an example.
std::string zone_suggestion(std::string_view name, const ZoneDatabase& database);

}  // namespace spantoll
