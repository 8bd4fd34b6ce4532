// What clerks write in tables, and what is made of it.
#include "services/ctl/table_words.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <string>

#include "qinglian/organization/v1/division.pb.h"
#include "qinglian/organization/v1/organization.pb.h"
#include "qinglian/organization/v1/person.pb.h"
#include "qinglian/organization/v1/post.pb.h"
#include "services/ctl/import_tables.h"

namespace qinglian::ctl {
namespace {

using google::protobuf::EnumDescriptor;
using organization::v1::Division;
using organization::v1::Organization;
using organization::v1::Person;
using organization::v1::Post;

const EnumDescriptor* const kTypes[] = {
    Organization::Kind_descriptor(),      Organization::PartyBodyType_descriptor(),
    Division::Level_descriptor(),         Post::Rank_descriptor(),
    Person::PartyMembership_descriptor(), Person::EmploymentState_descriptor()};

TEST(TableWords, EveryValueHasAWordInBothLanguagesThatIsItsOwn) {
  for (const EnumDescriptor* type : kTypes) {
    std::set<std::string> words;
    for (int i = 1; i < type->value_count(); ++i) {
      const int number = type->value(i)->number();
      for (const bool chinese : {false, true}) {
        const std::string word = WordOf(*type, number, chinese);
        EXPECT_TRUE(words.insert(word).second) << type->value(i)->name() << ": " << word;
        EXPECT_EQ(NumberOf(*type, word), number) << word;
      }
    }
    EXPECT_EQ(NumberOf(*type, "UNSPECIFIED"), 0);
    EXPECT_EQ(NumberOf(*type, "城堡"), 0);
    EXPECT_EQ(NumberOf(*type, ""), 0);
  }
}

TEST(TableWords, DaysAreReadAsPeopleWriteThem) {
  for (const char* word : {"1998-06-30", "1998-6-30", "1998/6/30", "1998.06.30", "1998年6月30日"}) {
    google::type::Date day;
    ASSERT_TRUE(ReadDay(word, &day)) << word;
    EXPECT_EQ(WordOf(day), "1998-06-30") << word;
  }
  for (const char* word :
       {"", "1998", "1998-06", "1998-13-01", "1998-02-30", "昨天", "30-06-1998-1"}) {
    google::type::Date day;
    EXPECT_FALSE(ReadDay(word, &day)) << word;
  }
}

TEST(TableWords, TruthIsReadInBothLanguages) {
  bool value = false;
  for (const char* word : {"yes", "true", "1", "是"})
    EXPECT_TRUE(ReadTruth(word, &value) && value) << word;
  for (const char* word : {"no", "false", "0", "否", ""})
    EXPECT_TRUE(ReadTruth(word, &value) && !value) << word;
  EXPECT_FALSE(ReadTruth("也许", &value));
}

TEST(TableWords, NoColumnIsCalledAsAnotherIs) {
  for (const TableFormat* format :
       {&OrganizationTable::Format(), &PersonTable::Format(), &DivisionFormat()}) {
    std::set<std::string> names;
    for (const Column& column : format->columns) {
      EXPECT_TRUE(names.insert(column.english).second) << column.english;
      EXPECT_TRUE(names.insert(column.chinese).second) << column.chinese;
    }
  }
}

TEST(TableWords, AFieldOfARowLeadsToItsColumn) {
  EXPECT_EQ(OrganizationTable::Format().ColumnOf("external_identifiers[0].id"), "external_id");
  EXPECT_EQ(OrganizationTable::Format().ColumnOf("parent"), "superior");
  EXPECT_EQ(OrganizationTable::Format().ColumnOf("kind"), "kind");
  EXPECT_EQ(PersonTable::Format().ColumnOf("display_name"), "name");
  EXPECT_EQ(PersonTable::Format().ColumnOf("posts[3].display_name"), "post");
  EXPECT_EQ(PersonTable::Format().ColumnOf("posts[3].rank"), "rank");
  EXPECT_EQ(PersonTable::Format().ColumnOf("posts[3]"), "post");
  EXPECT_EQ(PersonTable::Format().ColumnOf(""), "");
}

}  // namespace
}  // namespace qinglian::ctl
