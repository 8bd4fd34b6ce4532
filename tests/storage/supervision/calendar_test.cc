#include "services/supervision/calendar_rules.h"
#include "tests/storage/supervision/supervision.h"

namespace qinglian::supervision {
namespace {

class CalendarTest : public SupervisionTest {
 protected:
  absl::CivilDay Deadline(absl::CivilDay start, int working_days) {
    v1::ComputeDeadlineRequest request;
    *request.mutable_start_date() = clock::ToDate(start);
    request.set_working_days(working_days);
    const auto response =
        Call<v1::ComputeDeadlineResponse>("CalendarService/ComputeDeadline", request, kClerk);
    EXPECT_TRUE(response.ok()) << response.status();
    return response.ok() ? *clock::ToDay(response->deadline()) : absl::CivilDay();
  }
  absl::StatusOr<v1::ImportCalendarDaysResponse> Import(absl::CivilDay day,
                                                        v1::CalendarDay::Kind kind) {
    v1::ImportCalendarDaysRequest request;
    request.set_request_id(test::RequestId());
    v1::CalendarDay& one = *request.add_calendar_days();
    *one.mutable_date() = clock::ToDate(day);
    one.set_kind(kind);
    one.set_display_name("临时调休");
    return Call<v1::ImportCalendarDaysResponse>("CalendarService/ImportCalendarDays", request,
                                                kClerk);
  }
};

TEST_F(CalendarTest, TheServiceBeginsWithTheYearsThatAreArranged) {
  v1::ListCalendarDaysRequest request;
  request.set_page_size(1000);
  const auto listed =
      Call<v1::ListCalendarDaysResponse>("CalendarService/ListCalendarDays", request, kClerk);
  ASSERT_TRUE(listed.ok()) << listed.status();
  std::vector<std::string> have;
  for (const auto& day : listed->calendar_days()) {
    have.push_back(day.name() + v1::CalendarDay::Kind_Name(day.kind()) + day.display_name());
  }
  std::vector<std::string> want;
  for (const calendar::Row& row : calendar::Calendar::EmbeddedRows()) {
    const v1::CalendarDay day = DayOf(row);
    want.push_back(day.name() + v1::CalendarDay::Kind_Name(day.kind()) + day.display_name());
  }
  EXPECT_THAT(have, testing::UnorderedElementsAreArray(want));
}

TEST_F(CalendarTest, AnImportChangesDeadlinesAndRepeatedChangesNothing) {
  const absl::CivilDay monday(2025, 3, 10);
  EXPECT_EQ(Deadline(monday, 5), absl::CivilDay(2025, 3, 17));
  const absl::CivilDay wednesday(2025, 3, 12);
  EXPECT_EQ(Import(wednesday, v1::CalendarDay::KIND_HOLIDAY)->added(), 1);
  EXPECT_EQ(Deadline(monday, 5), absl::CivilDay(2025, 3, 18));
  EXPECT_EQ(Import(wednesday, v1::CalendarDay::KIND_HOLIDAY)->unchanged(), 1);
  EXPECT_EQ(Import(absl::CivilDay(2025, 3, 15), v1::CalendarDay::KIND_MAKE_UP_WORKDAY)->added(), 1);
  EXPECT_EQ(Deadline(monday, 5), absl::CivilDay(2025, 3, 17));
  EXPECT_EQ(Import(wednesday, v1::CalendarDay::KIND_ORDINARY)->changed(), 1);
  EXPECT_EQ(Deadline(monday, 5), absl::CivilDay(2025, 3, 15));
}

TEST_F(CalendarTest, WhatCannotBeIsRefusedAndAYearThatIsNotKnownIsNotGuessed) {
  EXPECT_TRUE(status::Is(
      Import(absl::CivilDay(2025, 3, 12), v1::CalendarDay::KIND_MAKE_UP_WORKDAY).status(),
      status::kFieldsInvalid));
  v1::ComputeDeadlineRequest request;
  *request.mutable_start_date() = clock::ToDate(absl::CivilDay(2030, 1, 1));
  request.set_working_days(5);
  EXPECT_TRUE(status::Is(
      Call<v1::ComputeDeadlineResponse>("CalendarService/ComputeDeadline", request, kClerk)
          .status(),
      status::kCalendarYearMissing));
}

TEST_F(CalendarTest, TheTreeOfCategoriesGrowsAndWhatIsRetiredIsGivenToNoCase) {
  v1::CreateCaseCategoryRequest request;
  request.set_request_id(test::RequestId());
  request.set_case_category_id("procurement");
  request.mutable_case_category()->set_display_name("政府采购领域");
  request.mutable_case_category()->set_parent("caseCategories/bureaucracy-duties");
  const auto created =
      Call<v1::CaseCategory>("CaseCategoryService/CreateCaseCategory", request, kClerk);
  ASSERT_TRUE(created.ok()) << created.status();
  EXPECT_EQ(created->name(), "caseCategories/procurement");
  request.set_request_id(test::RequestId());
  EXPECT_TRUE(status::Is(
      Call<v1::CaseCategory>("CaseCategoryService/CreateCaseCategory", request, kClerk).status(),
      status::kResourceExists));
  v1::CreateSupervisionCaseRequest wanted = WantedCase();
  wanted.mutable_supervision_case()->set_category("caseCategories/procurement");
  EXPECT_TRUE(Create(wanted).ok());
  v1::UpdateCaseCategoryRequest update;
  *update.mutable_case_category() = *created;
  update.mutable_case_category()->set_retired(true);
  ASSERT_TRUE(
      Call<v1::CaseCategory>("CaseCategoryService/UpdateCaseCategory", update, kClerk).ok());
  wanted.set_request_id(test::RequestId());
  EXPECT_THAT(Create(wanted), RefusedBy(kCategoryInUse));
}

}  // namespace
}  // namespace qinglian::supervision
