// What is said of configurations that have a fault: tests/tables/configuration.txt.
#include <fstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tools/configuration/configuration.h"

namespace spantoll::tools {
namespace {

const std::string kFile = "configuration_test.toml";

struct RefusedFile {
    size_t row = 0;
    std::string expected;
    std::string toml;
};

std::vector<RefusedFile> refused_files() {
    std::ifstream table(SPANTOLL_ROOT "/tests/tables/configuration.txt");
    std::vector<RefusedFile> files;
    std::string line;
    for (size_t row = 1; std::getline(table, line); ++row) {
        if (line.starts_with(">>> ")) {
            files.push_back({row, line.substr(4), ""});
        } else if (!files.empty()) {
            files.back().toml += line + "\n";
        }
    }
    return files;
}

TEST(ConfigurationTable, WhatIsWrongIsToldInOneLineWithItsPlace) {
    const std::vector<RefusedFile> files = refused_files();
    ASSERT_GT(files.size(), 80u);
    for (const RefusedFile& file : files) {
        const Result<Settings> settings = parse_configuration(file.toml, kFile);
        ASSERT_FALSE(settings) << "configuration.txt:" << file.row << " was read";
        EXPECT_EQ(settings.error().kind, ErrorKind::kConfig);
        const std::string& message = settings.error().message;
        EXPECT_TRUE(message.starts_with(kFile + ":" + file.expected))
            << "configuration.txt:" << file.row << ": " << message;
        EXPECT_EQ(message.find('\n'), std::string::npos) << message;
    }
}

}  // namespace
}  // namespace spantoll::tools
