#include "schemas/format.h"

#include <gtest/gtest.h>

namespace spantoll {
namespace {

TEST(Format, IsSaidByTheContentTypeThatItHas) {
    for (const Format format : {Format::kFlatBuffers, Format::kJson, Format::kOtlp}) {
        EXPECT_EQ(format_of_content_type(content_type_of(format)), format) << to_text(format);
    }
    EXPECT_EQ(content_type_of(Format::kJson), "application/json");
    EXPECT_EQ(content_type_of(Format::kAuto), "");
}

TEST(Format, IsSaidInAnyCaseAndWithParameters) {
    EXPECT_EQ(format_of_content_type("\t Application/JSON ; charset=utf-8"), Format::kJson);
    EXPECT_EQ(format_of_content_type("application/X-FlatBuffers;"), Format::kFlatBuffers);
}

TEST(Format, IsLeftToTheBytesByAnyOtherContentType) {
    for (const char* other : {"",
                              " ",
                              ";",
                              "; charset=utf-8",
                              "application/jso",
                              "application/json5",
                              "text/json",
                              "application/octet-stream",
                              "json"}) {
        EXPECT_EQ(format_of_content_type(other), Format::kAuto) << other;
    }
}

TEST(Format, HasTheNamesOfTheConfiguration) {
    EXPECT_EQ(to_text(Format::kAuto), "auto");
    EXPECT_EQ(to_text(Format::kFlatBuffers), "flatbuffers");
    EXPECT_EQ(to_text(Format::kJson), "json");
    EXPECT_EQ(to_text(Format::kOtlp), "otlp");
}

}  // namespace
}  // namespace spantoll
