#include "store/database/row_iterator.h"

#include <string>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "store/files/fault_file_system.h"
#include "tests/store/state_database.h"
#include "tests/store/temporary_directory.h"

namespace spantoll::store {
namespace {

constexpr int kRows = 400;
constexpr size_t kValueBytes = 10'000;

std::string key_of(int number) {
    return fmt::format("{:03}", number);
}

// Rows "000" to "399" in several tables of one level, "100" to "149" deleted as a range after that.
class RowIteratorTest : public testing::TestWithParam<Family> {
  protected:
    void SetUp() override {
        const std::unique_ptr<Database> database = open_state_database(directory_.path());
        rocksdb::ColumnFamilyHandle* const family = database->family(place());
        uint32_t noise = 1;
        for (int i = 0; i < kRows; ++i) {
            std::string value;
            while (value.size() < kValueBytes) {
                noise = noise * 1'664'525 + 1'013'904'223;
                value.push_back(static_cast<char>(noise >> 24));
            }
            ASSERT_TRUE(database->db().Put({}, family, key_of(i), value).ok());
        }
        ASSERT_TRUE(database->db().CompactRange({}, family, nullptr, nullptr).ok());
        if (has_ranges()) {
            ASSERT_TRUE(database->db().DeleteRange({}, family, key_of(100), key_of(150)).ok());
        } else {
            for (int i = 100; i < 150; ++i) {
                ASSERT_TRUE(database->db().Delete({}, family, key_of(i)).ok());
            }
        }
        ASSERT_TRUE(database->db().Flush({}, family).ok());
        rocksdb::ColumnFamilyMetaData tables;
        database->db().GetColumnFamilyMetaData(family, &tables);
        ASSERT_GT(tables.file_count, 4U);
    }

    size_t place() const { return static_cast<size_t>(GetParam()); }
    bool has_ranges() const { return GetParam() == Family::kIndex; }

    // The keys, or an error.
    Result<std::vector<std::string>> keys() {
        const DiskBudget budget{kBufferBytesMin, 0};
        DatabaseSetup setup;
        setup.path = directory_.path() + "/state";
        setup.options = database_options(budget);
        setup.families = state_families(budget);
        setup.range_deleted = range_deleted_families();
        setup.file_system = make_fault_file_system(faults_);
        const Result<std::unique_ptr<Database>> view = Database::open_view(setup);
        if (!view) {
            return tl::make_unexpected(view.error());
        }
        std::vector<std::string> keys;
        return (*view)
            ->scan({place(), "010", "390"},
                   [&](auto key, auto /*value*/) {
                       keys.emplace_back(key);
                       return true;
                   })
            .map([&] { return std::move(keys); });
    }

    TemporaryDirectory directory_;
    std::shared_ptr<FaultSwitch> faults_ = std::make_shared<FaultSwitch>();
};

TEST_P(RowIteratorTest, WalksOverTheRowsOfARange) {
    const auto walked = keys();
    ASSERT_TRUE(walked) << walked.error().message;
    std::vector<std::string> expected;
    for (int i = 10; i < 390; ++i) {
        if (i < 100 || i >= 150) {
            expected.push_back(key_of(i));
        }
    }
    EXPECT_EQ(*walked, expected);
}

TEST_P(RowIteratorTest, TellsWhereATableCannotBeRead) {
    const auto right = keys();
    ASSERT_TRUE(right);
    const uint64_t reads = faults_->reads();
    uint64_t refused = 0;
    for (uint64_t i = 0; i < reads; ++i) {
        faults_->heal();
        faults_->fail_reads_after(i, FaultSwitch::Lasting::kOnce);
        const auto walked = keys();
        refused += walked ? 0 : 1;
        EXPECT_TRUE(!walked || *walked == *right) << "read " << i << ": " << walked->size();
    }
    EXPECT_GT(refused, reads / 2);
}

INSTANTIATE_TEST_SUITE_P(BothKinds,
                         RowIteratorTest,
                         testing::Values(Family::kIndex, Family::kCost, Family::kEnforce),
                         [](const auto& family) {
                             return std::string(kFamilyNames[static_cast<size_t>(family.param)]);
                         });

}  // namespace
}  // namespace spantoll::store
