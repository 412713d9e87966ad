#include "tools/commands/dump_command.h"

#include <gtest/gtest.h>

namespace spantoll::tools {
namespace {

TEST(RecordText, IsALineOfNamesAndValues) {
    EXPECT_EQ(record_text(R"({"polled":9,"level":"warn","refused":{"future":3},"valid":null})"),
              R"(polled=9 level=warn refused={"future":3} valid=null)");
    EXPECT_EQ(record_text("{}"), "");
}

TEST(RecordText, ATextThatCouldBeTakenForMoreKeepsItsQuotes) {
    EXPECT_EQ(record_text(R"({"a":"b c=d","e":"f\"g","h":"\u202e"})"),
              R"(a="b c=d" e="f\"g" h="\u202e")");
}

TEST(RecordText, WhatIsNotAnObjectStaysAsItIs) {
    EXPECT_EQ(record_text("not understood"), "not understood");
    EXPECT_EQ(record_text(""), "");
}

}  // namespace
}  // namespace spantoll::tools
