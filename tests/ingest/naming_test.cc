#include "ingest/naming.h"

#include <rapidcheck.h>

#include <gtest/gtest.h>

#include "tests/tables/table_file.h"

namespace spantoll::ingest {
namespace {

AccountKinds test_kinds() {
    return AccountKinds({{"domain_activity", {Dimension::kDomain, Dimension::kActivity}},
                         {"endpoint", {Dimension::kService, Dimension::kOperation}}});
}

Span span_with(std::initializer_list<std::pair<Dimension, std::string_view>> texts) {
    Span span;
    for (const auto& [dimension, text] : texts) {
        span.dimensions[static_cast<size_t>(dimension)] = text;
    }
    return span;
}

TEST(Naming, ValuesBecomeWhatTheTableSays) {
    const auto rows = tables::read_rows("names.txt");
    ASSERT_GT(rows.size(), 100u);
    for (const tables::Row& row : rows) {
        ASSERT_EQ(row.cells.size(), 3u) << "names.txt:" << row.line;
        const auto dimension = parse_dimension(row.cells[0]);
        ASSERT_TRUE(dimension) << "names.txt:" << row.line;
        EXPECT_EQ(account_value(*dimension, row.cells[1]), row.cells[2])
            << "names.txt:" << row.line;
    }
}

TEST(Naming, WrittenAccountsAreJudgedAsTheTableSays) {
    const AccountKinds kinds = test_kinds();
    const auto rows = tables::read_rows("accounts.txt");
    ASSERT_GT(rows.size(), 30u);
    for (const tables::Row& row : rows) {
        ASSERT_EQ(row.cells.size(), 2u) << "accounts.txt:" << row.line;
        const Result<KindIndex> kind = check_account(kinds, row.cells[0]);
        const std::string outcome = kind ? "= " + kinds.at(*kind).name : kind.error().message;
        EXPECT_NE(outcome.find(row.cells[1]), std::string::npos)
            << "accounts.txt:" << row.line << ": " << outcome;
        EXPECT_EQ(kind.has_value(), row.cells[1].starts_with("= ")) << "accounts.txt:" << row.line;
    }
    EXPECT_FALSE(check_account(kinds, ""));
}

TEST(Naming, ANameHas256BytesAtMost) {
    EXPECT_TRUE(is_good_name(std::string(256, 'a')));
    EXPECT_FALSE(is_good_name(std::string(257, 'a')));
    EXPECT_FALSE(is_good_name(""));
}

TEST(Naming, LengthIsJudgedOnTheNormalForm) {
    EXPECT_EQ(account_value(Dimension::kOperation, "/" + std::string(300, 'a')), "%2F*");
    EXPECT_EQ(account_value(Dimension::kDomain, "a.example/" + std::string(300, 'a')), "a.example");
    EXPECT_EQ(account_value(Dimension::kService, std::string(257, 'a')), "~invalid");
}

TEST(Naming, AHostNameHas253BytesAtMost) {
    const std::string label63(63, 'a');
    const std::string long_name = label63 + "." + label63 + "." + label63 + ".";
    EXPECT_TRUE(normalise_domain(long_name + std::string(61, 'b')));
    EXPECT_TRUE(normalise_domain(long_name + std::string(61, 'b') + "."));
    EXPECT_FALSE(normalise_domain(long_name + std::string(62, 'b')));
    std::string wide;
    for (int i = 0; i < 100'000; ++i) {
        wide += "ü";
    }
    EXPECT_FALSE(normalise_domain(wide));
}

TEST(Naming, ASpanChargesAnAccountOfAKindWhoseDimensionsItCarries) {
    const AccountKinds kinds = test_kinds();
    const Span span = span_with({{Dimension::kDomain, "https://Mastodon.Social/"},
                                 {Dimension::kActivity, "Create"},
                                 {Dimension::kService, "inbox"}});
    EXPECT_EQ(account_of(kinds.at(kGlobalKind), span), "global");
    EXPECT_EQ(account_of(kinds.at(kDomainKind), span), "mastodon.social");
    EXPECT_EQ(account_of(kinds.at(*kinds.find("service")), span), "service:inbox");
    EXPECT_EQ(account_of(kinds.at(*kinds.find("domain_activity")), span),
              "domain_activity:mastodon.social,Create");
    EXPECT_EQ(account_of(kinds.at(*kinds.find("endpoint")), span), "");
    EXPECT_EQ(account_of(kinds.at(*kinds.find("team")), span), "");
}

TEST(Naming, OneBadValueMakesTheAccountInvalid) {
    const AccountKinds kinds = test_kinds();
    const Span span =
        span_with({{Dimension::kDomain, "not a host"}, {Dimension::kActivity, "Create"}});
    EXPECT_EQ(account_of(kinds.at(kDomainKind), span), "domain:~invalid");
    EXPECT_EQ(account_of(kinds.at(*kinds.find("domain_activity")), span),
              "domain_activity:~invalid");
}

TEST(Naming, NoNameCanForgeAKey) {
    const AccountKinds kinds = test_kinds();
    const Span span = span_with({{Dimension::kTeam, "x/PERIOD#2026-11"}});
    EXPECT_EQ(account_of(kinds.at(*kinds.find("team")), span), "team:x%2FPERIOD%232026-11");
}

TEST(Naming, OnlyWhatEscapeWritesIsUnescaped) {
    EXPECT_EQ(unescape_value("a%2Fb"), "a/b");
    EXPECT_EQ(unescape_value("%7Ea~"), "~a~");
    EXPECT_EQ(unescape_value("%1F"), "\x1F");
    for (const std::string_view bad :
         {"a/b", "a,b", "a#b", "%", "%2", "%2f", "%41", "a%7E", "~a", "%GG", "\x01", "%80"}) {
        EXPECT_FALSE(unescape_value(bad)) << bad;
    }
}

std::string any_bytes() {
    // Escaped characters are far more frequent here than chance would have them.
    return *rc::gen::container<std::string>(rc::gen::oneOf(
        rc::gen::arbitrary<char>(), rc::gen::elementOf(std::string("%#/,~27EFa\x1F"))));
}

TEST(Naming, UnescapingUndoesEscaping) {
    EXPECT_TRUE(rc::check([] {
        const std::string value = any_bytes();
        RC_ASSERT(unescape_value(escape_value(value)) == value);
    }));
}

TEST(Naming, EscapingIsInjectiveAndItsImageIsExact) {
    EXPECT_TRUE(rc::check([] {
        const std::string a = any_bytes();
        const std::string b = any_bytes();
        RC_ASSERT((escape_value(a) == escape_value(b)) == (a == b));
        const auto unescaped = unescape_value(a);
        RC_ASSERT(escape_value(unescaped.value_or("")) == (unescaped ? a : ""));
    }));
}

TEST(Naming, AnAccountThatASpanChargesIsWrittenRight) {
    const AccountKinds kinds = test_kinds();
    EXPECT_TRUE(rc::check([&] {
        const std::string service = any_bytes();
        const std::string operation = any_bytes();
        RC_PRE(!service.empty() && !operation.empty());
        const Span span =
            span_with({{Dimension::kService, service}, {Dimension::kOperation, operation}});
        for (const std::string_view name : {"service", "endpoint"}) {
            const KindIndex kind = *kinds.find(name);
            RC_ASSERT(check_account(kinds, account_of(kinds.at(kind), span)) == kind);
        }
    }));
}

TEST(Naming, AControlCharacterAnywhereMakesANameBad) {
    for (size_t size = 1; size <= 20; ++size) {
        for (size_t at = 0; at < size; ++at) {
            for (int byte = 0; byte < 256; ++byte) {
                std::string name(size, 'x');
                name[at] = static_cast<char>(byte);
                // From 0x80 on a byte alone is no UTF-8.
                EXPECT_EQ(is_good_name(name), byte >= 0x20 && byte < 0x7f) << size << at << byte;
            }
        }
    }
}

TEST(Naming, NormalisingAnOperationTwiceChangesNothing) {
    EXPECT_TRUE(rc::check([] {
        const std::string once = normalise_operation(any_bytes());
        RC_ASSERT(normalise_operation(once) == once);
    }));
}

}  // namespace
}  // namespace spantoll::ingest
