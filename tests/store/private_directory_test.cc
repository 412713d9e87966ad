#include "store/files/private_directory.h"

#include <filesystem>
#include <fstream>
#include <string>
#include <sys/stat.h>

#include <gtest/gtest.h>

#include "store/topic/log.h"
#include "tests/store/store_fixture.h"

namespace spantoll::store {
namespace {

mode_t mode_of(const std::filesystem::path& path) {
    struct stat status {};
    EXPECT_EQ(::stat(path.c_str(), &status), 0) << path;
    return status.st_mode & 07777;
}

// A processor's directory, under a umask that hides nothing.
class PrivateDirectory : public StoreFixture {
  protected:
    PrivateDirectory() : before_(::umask(0)) { options_.directory = directory_.path() + "/data"; }
    ~PrivateDirectory() override { ::umask(before_); }

    void expect_private() const {
        for (const auto& entry :
             std::filesystem::recursive_directory_iterator(options_.directory)) {
            EXPECT_EQ(mode_of(entry.path()), entry.is_directory() ? 0700U : 0600U) << entry.path();
        }
    }

    const mode_t before_;
};

TEST_F(PrivateDirectory, IsMadeSoWithAllThatIsWrittenIntoIt) {
    open();
    commit([](Commit& c) { c.decisions = {decision_of(1, kNovember)}; });
    TopicLogOptions topic;
    topic.directory = options_.directory;
    const auto log = TopicLog::open(topic);
    ASSERT_TRUE(log);
    ASSERT_TRUE((*log)->append({{"", "x"}}, 1));
    EXPECT_EQ(mode_of(options_.directory), 0700U);
    expect_private();
    open();
    expect_private();
}

TEST_F(PrivateDirectory, IsMadeOfOneThatWasOpenToOthers) {
    open();
    store_.reset();
    for (const auto& entry : std::filesystem::recursive_directory_iterator(options_.directory)) {
        std::filesystem::permissions(entry.path(), std::filesystem::perms::all);
    }
    open();
    expect_private();
}

TEST_F(PrivateDirectory, LeavesADirectoryThatSomebodyElseMadeAsItIs) {
    std::filesystem::create_directory(options_.directory);
    std::filesystem::permissions(options_.directory, std::filesystem::perms::all);
    open();
    EXPECT_EQ(mode_of(options_.directory), 0777U);
    expect_private();
}

}  // namespace
}  // namespace spantoll::store
