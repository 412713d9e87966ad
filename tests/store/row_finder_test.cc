#include "store/read/row_finder.h"

#include <string>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "tests/store/state_database.h"
#include "tests/store/temporary_directory.h"

namespace spantoll::store {
namespace {

// Rows "000", "002" .. "998", each with its key as its value.
class RowFinderTest : public testing::Test {
  protected:
    RowFinderTest() {
        rocksdb::ColumnFamilyHandle* const costs = database_->family(index_of(Family::kCost));
        for (int i = 0; i < 1000; i += 2) {
            EXPECT_TRUE(database_->db().Put({}, costs, key_of(i), key_of(i)).ok());
        }
    }

    static std::string key_of(int number) { return fmt::format("{:03}", number); }

    TemporaryDirectory directory_;
    std::unique_ptr<Database> database_ = open_state_database(directory_.path());
};

TEST_F(RowFinderTest, FindsWhatIsThereInAnyOrder) {
    RowFinder finder(*database_, Family::kCost);
    for (const int number :
         {0, 2, 4, 3, 4, 5, 6, 100, 98, 99, 98, 998, 999, 998, 0, 500, 516, 518}) {
        const std::string key = key_of(number);
        EXPECT_EQ(finder.find(key).value_or("unread"), number % 2 == 0 ? key : "") << key;
    }
}

TEST_F(RowFinderTest, SearchesForWhatIsNotNear) {
    RowFinder finder(*database_, Family::kCost);
    for (int i = 0; i < 1000; ++i) {
        finder.find(key_of(i));
    }
    EXPECT_EQ(finder.searches(), 1U) << "the first";
    finder.find(key_of(0));
    EXPECT_EQ(finder.searches(), 2U) << "it lies before the last";
    finder.find(key_of(16));
    EXPECT_EQ(finder.searches(), 2U) << "eight rows on";
    finder.find(key_of(34));
    EXPECT_EQ(finder.searches(), 3U) << "nine rows on";
}

}  // namespace
}  // namespace spantoll::store
