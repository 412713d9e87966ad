// Bits of tables are flipped, one place at a time, in the families in which ranges are deleted:
// what cannot be read is refused, and never ends the process.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <set>

#include <gtest/gtest.h>

#include "store/database/column_families.h"
#include "tests/store/state_database.h"
#include "tests/store/store_fixture.h"

namespace spantoll::store {
namespace {

constexpr int kLives = 12;
constexpr size_t kPlaces = 64;

class TableDamageTest : public StoreFixture {
  protected:
    // Some lives, each with tables of its own: enough of them that compactions have written several
    // levels, and ranges deleted in each.
    void fill() {
        for (int life = 0; life < kLives; ++life) {
            open();
            Commit commit;
            for (int64_t pane = 0; pane < 5; ++pane) {
                commit.dedup.push_back({100 + life * 5 + pane, std::vector<uint64_t>(400, 7)});
            }
            commit.dedup_removed = {100 + life * 5 - 3, 100 + life * 5 - 2};
            ASSERT_TRUE(store_->commit(commit, Durability::kSynced));
            store_.reset();
        }
    }

    std::set<std::string> tables() const {
        const std::unique_ptr<Database> database = open_state_database(directory_.path());
        std::vector<rocksdb::LiveFileMetaData> all;
        database->db().GetLiveFilesMetaData(&all);
        std::set<std::string> names;
        for (const rocksdb::LiveFileMetaData& table : all) {
            if (table.column_family_name == "dedup") {
                names.insert(table.name.substr(table.name.find_first_not_of('/')));
            }
        }
        return names;
    }
};

TEST_F(TableDamageTest, IsRefusedOrWithoutEffect) {
    fill();
    const std::string state = directory_.path() + "/state";
    const std::string kept = directory_.path() + "/kept";
    const std::set<std::string> names = tables();
    ASSERT_GT(names.size(), 1U);
    std::filesystem::copy(state, kept);
    size_t refused = 0;
    for (const std::string& name : names) {
        const auto size = std::filesystem::file_size(kept + "/" + name);
        for (size_t i = 0; i < kPlaces; ++i) {
            std::filesystem::remove_all(state);
            std::filesystem::copy(kept, state);
            std::fstream file(state + "/" + name, std::ios::in | std::ios::out | std::ios::binary);
            const auto place = static_cast<std::streamoff>(size * (2 * i + 1) / (2 * kPlaces));
            file.seekg(place);
            const char byte = static_cast<char>(file.get() ^ (1 << (i % 8)));
            file.seekp(place);
            file.put(byte);
            file.close();
            const Result<LoadedState> loaded =
                try_open().and_then([](auto&& store) { return store->load(); });
            refused += loaded ? 0 : 1;
            if (!loaded) {
                EXPECT_EQ(loaded.error().kind, ErrorKind::kDisk) << loaded.error().message;
            }
        }
    }
    EXPECT_GT(refused, names.size() * kPlaces / 2);
}

}  // namespace
}  // namespace spantoll::store
