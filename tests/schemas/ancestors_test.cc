#include "schemas/ancestors.h"

#include <gtest/gtest.h>

namespace spantoll {
namespace {

using Names = std::vector<std::string>;

TEST(Ancestors, AreAllOnceAndTheNearestFirst) {
    const std::map<std::string, Names> parents{
        {"virtual_key:k", {"team:b", "team:a"}},
        {"team:a", {"customer:x"}},
        {"team:b", {"customer:y", "customer:x"}},
        {"customer:x", {"global"}},
    };
    EXPECT_EQ(ancestors_of(parents, "virtual_key:k"),
              (Names{"team:b", "team:a", "customer:y", "customer:x", "global"}));
    EXPECT_EQ(ancestors_of(parents, "team:a"), (Names{"customer:x", "global"}));
    EXPECT_EQ(ancestors_of(parents, "global"), Names());
    EXPECT_EQ(ancestors_of({}, "team:a"), Names());
}

}  // namespace
}  // namespace spantoll
