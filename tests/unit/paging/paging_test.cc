#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "common/paging/filter.h"
#include "common/paging/page_token.h"
#include "common/status/status.h"
#include "qinglian/organization/v1/organization.pb.h"

namespace qinglian::paging {
namespace {

const record::Plan& Bodies() {
  return record::Plan::Of(organization::v1::Organization::descriptor());
}

const std::vector<std::string_view>& Fields() {
  static const auto& fields = *new std::vector<std::string_view>{
      "kind", "level", "display_name", "parent", "create_time", "founding_date", "credit_code"};
  return fields;
}

absl::StatusOr<Condition> Parse(std::string_view filter) {
  return ParseFilter(Bodies(), Fields(), filter);
}

TEST(Filter, BecomesSqlWithItsValuesApart) {
  struct Case {
    const char* filter;
    const char* sql;
    size_t values;
  };
  for (const Case& c : {
           Case{"", "TRUE", 0},
           Case{"kind = COURT", "((organizations.kind = ?))", 1},
           Case{"kind = KIND_COURT", "((organizations.kind = ?))", 1},
           Case{"kind != COURT AND level = CITY",
                "((organizations.kind <> ?) AND (organizations.level = ?))", 2},
           Case{
               "kind = COURT OR kind = CPPCC AND level = CITY",
               "((organizations.kind = ? OR organizations.kind = ?) AND (organizations.level = ?))",
               3},
           Case{"NOT (kind = COURT)", "((NOT ((organizations.kind = ?))))", 1},
           Case{"-kind = COURT", "((NOT organizations.kind = ?))", 1},
           Case{"display_name : \"财政\"", "((organizations.display_name LIKE ?))", 1},
           Case{"parent = \"\"", "((organizations.parent IS NULL))", 0},
           Case{"create_time >= \"2025-01-01T00:00:00Z\"", "((organizations.create_time >= ?))", 1},
           Case{"founding_date < 1999-12-31", "((organizations.founding_date < ?))", 1},
       }) {
    const auto condition = Parse(c.filter);
    ASSERT_TRUE(condition.ok()) << c.filter << ": " << condition.status();
    EXPECT_EQ(condition->sql, c.sql) << c.filter;
    EXPECT_EQ(condition->values.size(), c.values) << c.filter;
  }
}

TEST(Filter, DemandsWhatNoOtherPartOfItCanMakeUpFor) {
  const auto demands = [](const char* filter) {
    std::vector<std::string> texts;
    const auto found = DemandsOf(Bodies(), Fields(), filter);
    EXPECT_TRUE(found.ok()) << filter << ": " << found.status();
    if (!found.ok()) return texts;
    for (const Demand& demand : *found)
      texts.push_back(absl::StrCat(demand.column->name, "=", demand.value));
    return texts;
  };
  EXPECT_THAT(demands(""), testing::IsEmpty());
  EXPECT_THAT(demands("kind = COURT AND (level = CITY OR level = COUNTY) AND display_name = 某院"),
              testing::ElementsAre("kind=KIND_COURT", "display_name=某院"));
  for (const char* filter : {"kind = COURT OR level = CITY", "NOT kind = COURT", "-kind = COURT",
                             "NOT (kind = COURT)", "kind != COURT", "display_name : \"某\"",
                             "kind = COURT OR (level = CITY AND level = COUNTY)"}) {
    EXPECT_THAT(demands(filter), testing::IsEmpty()) << filter;
  }
  EXPECT_FALSE(DemandsOf(Bodies(), Fields(), "kind").ok());
}

TEST(Filter, ThatIsWrongIsRefusedAndSaysWhy) {
  for (const char* filter : {"kind",
                             "kind =",
                             "= COURT",
                             "kind = NOTHING",
                             "path = 1",
                             "version = 1",
                             "kind = COURT AND",
                             "kind = COURT OR",
                             "(kind = COURT",
                             "kind = COURT)",
                             "kind < COURT",
                             "parent = \"persons/1\"",
                             "create_time = yesterday",
                             "founding_date = 1999-13-01",
                             "kind : COURT",
                             "display_name = \"open",
                             "kind = COURT level = CITY",
                             "NOT",
                             "kind = COURT; DROP TABLE organizations",
                             "display_name = ' OR 1=1"}) {
    const auto condition = Parse(filter);
    EXPECT_EQ(status::ReasonOf(condition.status()), "FILTER_INVALID") << filter;
  }
}

TEST(Filter, TooDeepOrTooLongIsRefusedInsteadOfEatingTheStack) {
  EXPECT_FALSE(Parse(std::string(5000, '(') + "kind = COURT").ok());
  std::string many = "kind = COURT";
  for (int i = 0; i < 100; ++i) many += " AND kind = COURT";
  EXPECT_FALSE(Parse(many).ok());
}

TEST(Filter, NoTextOfTheCallerEntersTheSql) {
  const std::string evil = "x' OR '1'='1";
  const auto condition = Parse("display_name = \"" + evil + "\"");
  ASSERT_TRUE(condition.ok());
  EXPECT_EQ(condition->sql.find("OR '1'"), std::string::npos);
  EXPECT_EQ(std::get<std::string_view>(condition->values.params()[0].value()), evil);
}

TEST(Order, IsByOneDocumentedFieldInEitherDirection) {
  const std::vector<std::string_view> fields = {"name", "display_name"};
  EXPECT_EQ(ParseOrder(Bodies(), fields, "")->column, nullptr);
  EXPECT_EQ(ParseOrder(Bodies(), fields, "name desc")->column, nullptr);
  EXPECT_TRUE(ParseOrder(Bodies(), fields, "name desc")->descending);
  EXPECT_EQ(ParseOrder(Bodies(), fields, "display_name")->column->name, "display_name");
  for (const char* wrong :
       {"kind", "display_name down", "display_name, name", "display_name desc desc"}) {
    EXPECT_EQ(status::ReasonOf(ParseOrder(Bodies(), fields, wrong).status()), "ORDER_BY_INVALID")
        << wrong;
  }
}

TEST(PageToken, OpensForItsOwnQuestionOnly) {
  const TokenCodec codec({"0123456789abcdef"});
  const std::string token = codec.Encode("question", {"key", "id"});
  ASSERT_TRUE(codec.Decode("question", token).ok());
  EXPECT_EQ(codec.Decode("question", token)->key, "key");
  EXPECT_EQ(codec.Decode("question", token)->id, "id");
  EXPECT_EQ(status::ReasonOf(codec.Decode("another", token).status()), "PAGE_TOKEN_INVALID");
}

TEST(PageToken, WithAnyCharacterChangedIsRefused) {
  const TokenCodec codec({"0123456789abcdef"});
  const std::string token = codec.Encode("question", {"key", std::string(16, '\x7f')});
  for (size_t i = 0; i < token.size(); ++i) {
    std::string forged = token;
    forged[i] = forged[i] == 'A' ? 'B' : 'A';
    EXPECT_FALSE(codec.Decode("question", forged).ok()) << i;
  }
  for (const char* wrong : {"", "A", "not base64!", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"}) {
    EXPECT_FALSE(codec.Decode("question", wrong).ok()) << wrong;
  }
}

TEST(PageToken, OutlivesTheRotationOfTheKeyThatMadeIt) {
  const TokenCodec before({"0123456789abcdef"});
  const TokenCodec during({"fedcba9876543210", "0123456789abcdef"});
  const TokenCodec after({"fedcba9876543210"});
  const std::string token = before.Encode("question", {"", "id"});
  EXPECT_TRUE(during.Decode("question", token).ok());
  EXPECT_FALSE(after.Decode("question", token).ok());
}

}  // namespace
}  // namespace qinglian::paging
