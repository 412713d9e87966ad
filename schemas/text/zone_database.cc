#include "schemas/text/zone_database.h"

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <iterator>

#include <fmt/format.h>

#include "schemas/text/ascii.h"
#include "schemas/text/suggestion.h"

namespace spantoll {
namespace {

constexpr std::string_view kVersionLine = "# version ";
constexpr std::string_view kZoneLine = "Z ";  // Z NAME ...
constexpr std::string_view kLinkLine = "L ";  // L NAME OTHER-NAME

std::string_view word_at(std::string_view line, size_t place) {
    for (; place > 0; --place) {
        line.remove_prefix(std::min(line.size(), line.find(' ') + 1));
    }
    return line.substr(0, line.find(' '));
}

// Of "Europe/Berlin" the city, in lower case.
std::string place_of(std::string_view name) {
    return lower_case(name.substr(name.rfind('/') + 1));
}

ZoneDatabase read_zone_database() {
    const char* const given = std::getenv("TZDIR");
    const std::string folder = given == nullptr ? "/usr/share/zoneinfo" : given;
    std::ifstream file(folder + "/tzdata.zi");
    const std::string text{std::istreambuf_iterator<char>(file), {}};
    return parse_zone_database(text);
}

}  // namespace

ZoneDatabase parse_zone_database(std::string_view tzdata_zi) {
    ZoneDatabase database;
    while (!tzdata_zi.empty()) {
        const std::string_view line = tzdata_zi.substr(0, tzdata_zi.find('\n'));
        tzdata_zi.remove_prefix(std::min(tzdata_zi.size(), line.size() + 1));
        if (line.starts_with(kVersionLine)) {
            database.release = line.substr(kVersionLine.size());
        } else if (line.starts_with(kZoneLine)) {
            database.names.emplace_back(word_at(line, 1));
        } else if (line.starts_with(kLinkLine)) {
            database.names.emplace_back(word_at(line, 2));
        }
    }
    std::sort(database.names.begin(), database.names.end());
    return database;
}

const ZoneDatabase& zone_database() {
    static const ZoneDatabase database = read_zone_database();
    return database;
}

std::string zone_suggestion(std::string_view name, const ZoneDatabase& database) {
    if (database.names.empty()) {
        return "no time zones are installed: install the package tzdata";
    }
    const std::string place = place_of(name);
    for (const std::string& known : database.names) {
        if (place_of(known) == place) {
            return fmt::format("did you mean \"{}\"?", known);
        }
    }
    const std::string near = suggestion(name, {database.names.begin(), database.names.end()});
    return near.starts_with("did you mean")
               ? near
               : "write a name of the IANA database, such as \"Europe/Berlin\"";
}

}  // namespace spantoll
