// Walks every contract: each resource can be mapped, each reference names a resource that is
// declared.
#include <gtest/gtest.h>

#include <set>
#include <string>
#include <vector>

#include "common/record/record.h"
#include "common/record/resource_type.h"
#include "google/protobuf/descriptor_database.h"
#include "qinglian/organization/v1/assignment.pb.h"
#include "qinglian/organization/v1/division.pb.h"
#include "qinglian/organization/v1/organization.pb.h"
#include "qinglian/record/v1/record.pb.h"
#include "qinglian/review/v1/score_sheet.pb.h"

namespace qinglian::record {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::DescriptorPool;
using google::protobuf::FileDescriptor;

std::vector<const FileDescriptor*> Contracts() {
  std::vector<std::string> names;
  DescriptorPool::internal_generated_database()->FindAllFileNames(&names);
  std::vector<const FileDescriptor*> files;
  for (const std::string& name : names) {
    if (name.rfind("qinglian/", 0) == 0)
      files.push_back(DescriptorPool::generated_pool()->FindFileByName(name));
  }
  return files;
}

void WalkReferences(const Descriptor* message, int& references) {
  for (int i = 0; i < message->field_count(); ++i)
    references += ReferenceOf(message->field(i)) != nullptr ? 1 : 0;
  for (int i = 0; i < message->nested_type_count(); ++i)
    WalkReferences(message->nested_type(i), references);
}

TEST(Contract, EveryResourceHasAPlanAndEveryReferenceAType) {
  int plans = 0, references = 0;
  std::set<std::string> tables;
  for (const FileDescriptor* file : Contracts()) {
    for (int i = 0; i < file->message_type_count(); ++i) {
      const Descriptor* message = file->message_type(i);
      WalkReferences(message, references);
      if (!message->options().HasExtension(v1::table)) continue;
      const Plan& plan = Plan::Of(message);
      EXPECT_TRUE(tables.insert(file->package() + plan.table()).second)
          << plan.table() << " stands twice";
      ++plans;
    }
  }
  EXPECT_GE(plans, 20);
  EXPECT_GE(references, 100);
}

TEST(Plan, MapsNamesToIdsScalarsToColumnsAndTheRestToDetails) {
  const Plan& plan = Plan::Of(organization::v1::Organization::descriptor());
  EXPECT_EQ(plan.table(), "organizations");
  EXPECT_EQ(plan.columns().front().name, "id");
  EXPECT_EQ(plan.columns().back().name, "details");
  EXPECT_EQ(plan.Find("parent")->kind, ColumnKind::kReference);
  EXPECT_EQ(plan.Find("founding_date")->kind, ColumnKind::kDay);
  EXPECT_EQ(plan.Find("create_time")->kind, ColumnKind::kTime);
  EXPECT_EQ(plan.Find("kind")->kind, ColumnKind::kEnum);
  EXPECT_EQ(plan.Find("external_identifiers"), nullptr);
  EXPECT_EQ(plan.Find("etag"), nullptr);
  EXPECT_TRUE(Plan::Of(organization::v1::Division::descriptor()).type().id_is_code);
}

TEST(Seal, HoldsUntilTheDeclaredStateAndTakesOutWhatIsSealed) {
  const Seal& seal = Plan::Of(review::v1::ScoreSheet::descriptor()).seal();
  review::v1::ScoreSheet sheet;
  sheet.set_reviewer("persons/1");
  sheet.add_marks()->set_centipoints(4000);
  sheet.set_remark("材料扎实");
  sheet.set_total_centipoints(4000);
  sheet.GetReflection()->MutableUnknownFields(&sheet)->AddVarint(1000, 4000);
  for (const auto state :
       {review::v1::ScoreSheet::STATE_UNSPECIFIED, review::v1::ScoreSheet::STATE_DRAFT,
        review::v1::ScoreSheet::STATE_SUBMITTED}) {
    sheet.set_state(state);
    EXPECT_TRUE(seal.Holds(sheet)) << state;
  }
  review::v1::ScoreSheet told = sheet;
  seal.Apply(told);
  review::v1::ScoreSheet expected;
  expected.set_reviewer("persons/1");
  expected.set_state(review::v1::ScoreSheet::STATE_SUBMITTED);
  EXPECT_EQ(told.SerializeAsString(), expected.SerializeAsString());
  sheet.set_state(review::v1::ScoreSheet::STATE_LOCKED);
  EXPECT_FALSE(seal.Holds(sheet));
  EXPECT_FALSE(Plan::Of(organization::v1::Organization::descriptor())
                   .seal()
                   .Holds(organization::v1::Organization()));
}

TEST(Plan, SaysWhichFieldsDifferAndWritesOnlyTheirColumns) {
  const Plan& plan = Plan::Of(organization::v1::Organization::descriptor());
  organization::v1::Organization before;
  before.set_display_name("财政局");
  organization::v1::Organization after = before;
  EXPECT_TRUE(plan.Compare(before, after).fields.empty());
  after.set_display_name("财政税务局");
  after.add_external_identifiers()->set_id("1");
  const Plan::Difference difference = plan.Compare(before, after);
  EXPECT_EQ(difference.fields, (std::vector<std::string>{"display_name", "external_identifiers"}));
  ASSERT_EQ(difference.columns.size(), 2u);
  EXPECT_EQ(difference.columns[0]->name, "display_name");
  EXPECT_EQ(difference.columns[1]->name, "details");
}

TEST(Plan, AnEtagIsTheVersionInQuotesAndNothingElse) {
  EXPECT_EQ(EtagOfVersion(7), "\"7\"");
  EXPECT_EQ(*VersionOfEtag("\"7\""), 7);
  for (const char* wrong : {"", "7", "\"\"", "\"x\"", "W/\"7\"", "\"7"}) {
    EXPECT_TRUE(absl::IsInvalidArgument(VersionOfEtag(wrong).status())) << wrong;
  }
}

TEST(ResourceType, ANameGivesTheBytesOfItsIdAndBack) {
  const ResourceType& bodies = *TypeOf(organization::v1::Organization::descriptor());
  const std::string name = "organizations/0192f0c1-7d6e-7a10-8a51-0b4a6f3f2c11";
  ASSERT_TRUE(bodies.IdOf(name).ok());
  EXPECT_EQ(bodies.IdOf(name)->size(), 16u);
  EXPECT_EQ(bodies.NameOf(*bodies.IdOf(name)), name);
  EXPECT_FALSE(bodies.IdOf("persons/0192f0c1-7d6e-7a10-8a51-0b4a6f3f2c11").ok());
  const ResourceType& divisions = *TypeOf(organization::v1::Division::descriptor());
  EXPECT_EQ(*divisions.IdOf("divisions/3301"), "3301");
  for (const char* wrong : {"divisions/", "divisions", "divisions/33 01", "divisions/33'--"}) {
    EXPECT_FALSE(divisions.IdOf(wrong).ok()) << wrong;
  }
}

}  // namespace
}  // namespace qinglian::record
