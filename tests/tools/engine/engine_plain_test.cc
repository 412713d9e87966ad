#include <gtest/gtest.h>

#include "window/ledger.h"

namespace spantoll::tools {
namespace {

// Else the tests beside this one would say nothing of a build without it.
TEST(EnginePlain, NothingIsBuffered) {
    EXPECT_FALSE(window::Ledger::buffers());
}

}  // namespace
}  // namespace spantoll::tools
