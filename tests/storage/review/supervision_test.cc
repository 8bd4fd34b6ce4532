// What the feed of supervision does here: open cases and overdue items bar a candidate, a serious
// case that is confirmed strikes him (L-4).
#include "common/clock/date.h"
#include "common/journal/write.h"
#include "common/status/status.h"
#include "gmock/gmock.h"
#include "qinglian/review/v1/review_round_service.pb.h"
#include "qinglian/review/v1/title_service.pb.h"
#include "qinglian/supervision/v1/calendar_day.pb.h"
#include "qinglian/supervision/v1/evidence_file.pb.h"
#include "qinglian/supervision/v1/rectification_item.pb.h"
#include "qinglian/supervision/v1/supervision_case.pb.h"
#include "services/review/projections/supervision_projection.h"
#include "tests/storage/review/fixture.h"

namespace qinglian::review {
namespace {

using supervision::v1::CalendarDay;
using supervision::v1::EvidenceFile;
using supervision::v1::RectificationItem;
using supervision::v1::SupervisionCase;
using v1::Application;

class ReviewSupervision : public ReviewTest {
 protected:
  // Deals with a change as the frame does: the tables, then each effect in a write of its own.
  template <class Resource>
  void Follow(const Resource& after) {
    journal::v1::Change change;
    change.set_position(++position_);
    change.set_resource(after.name());
    change.set_version(static_cast<int64_t>(position_));
    change.set_kind(Resource::descriptor()->full_name());
    change.mutable_after()->PackFrom(after);
    mysql::Session session(service_.database().options());
    ASSERT_TRUE(projection_.Apply(**session.Acquire(), change).ok());
    for (const projection::Effect& effect : projection_.Effects(change)) {
      journal::v1::Cause cause;
      cause.set_service("supervision");
      cause.set_position(position_);
      const absl::Status done = journal::WriteEffect(
          service_.journal(), session, {.effect = effect.name, .key = effect.key, .cause = cause},
          effect.run);
      ASSERT_TRUE(done.ok()) << done;
    }
  }

  SupervisionCase CaseAbout(const std::string& organization) {
    SupervisionCase result;
    result.set_name(NewName("cases"));
    result.set_subject_organization(organization);
    result.set_state(SupervisionCase::STATE_IN_HANDLING);
    result.set_severity(SupervisionCase::SEVERITY_SERIOUS);
    return result;
  }

  absl::StatusOr<Application> Shortlist(const Application& application) {
    return Move<v1::ShortlistApplicationRequest>("ApplicationService/ShortlistApplication",
                                                 application, clerk_);
  }

  uint64_t position_ = 0;
  SupervisionProjection projection_;
};

TEST_F(ReviewSupervision, AConfirmedSeriousCaseStrikesTheRunningApplicationWithTheCaseAsReason) {
  const Application application = Submitted(unit_);
  const Application other = Submitted(other_unit_);
  SupervisionCase supervision_case = CaseAbout(unit_);
  Follow(supervision_case);
  EXPECT_EQ(Read(application).state(), Application::STATE_SUBMITTED) << "not confirmed yet";
  supervision_case.set_confirmed(true);
  Follow(supervision_case);
  const Application struck = Read(application);
  EXPECT_EQ(struck.state(), Application::STATE_DISQUALIFIED);
  EXPECT_EQ(struck.end_cause(), supervision_case.name());
  EXPECT_EQ(struck.disqualification_reason(), Application::DISQUALIFICATION_REASON_SERIOUS_CASE);
  EXPECT_FALSE(struck.end_reason().empty());
  EXPECT_EQ(Read(other).state(), Application::STATE_SUBMITTED);
  EXPECT_EQ(
      service_.database().Value("SELECT CONCAT(actor, ' ', method, ' ', cause_service, ' ', "
                                "cause_position) FROM journal WHERE operation <> 'OPERATION_READ' "
                                "ORDER BY id DESC LIMIT 1"),
      "services/test effect/supervision/serious-case-confirmed supervision 2");
  Follow(supervision_case);
  EXPECT_EQ(Read(application).etag(), struck.etag()) << "once";
}

TEST_F(ReviewSupervision, WhichCaseStruckAnApplicationIsShownToThoseWhoAreShownCases) {
  const Application application = Submitted(unit_);
  SupervisionCase supervision_case = CaseAbout(unit_);
  supervision_case.set_confirmed(true);
  Follow(supervision_case);
  const auto found = [&](const char* role, const std::string& filter) {
    v1::ListApplicationsRequest request;
    request.set_filter(filter);
    const auto page = service_.Call<v1::ListApplicationsResponse>(
        "/qinglian.review.v1.ApplicationService/ListApplications", request,
        test::CallAs(NewName("persons"), {test::GrantOf(role, unit_)}));
    EXPECT_TRUE(page.ok()) << page.status();
    return page.value_or(v1::ListApplicationsResponse());
  };
  const auto organ = found("roles/organ", "state = DISQUALIFIED");
  ASSERT_EQ(organ.applications_size(), 1);
  EXPECT_EQ(organ.applications(0).end_cause(), "");
  EXPECT_EQ(organ.applications(0).disqualification_reason(),
            Application::DISQUALIFICATION_REASON_SERIOUS_CASE);
  const std::string by_case = absl::StrCat("end_cause = \"", supervision_case.name(), "\"");
  const auto group = found("roles/dispatchedGroup", by_case);
  ASSERT_EQ(group.applications_size(), 1);
  EXPECT_EQ(group.applications(0).end_cause(), supervision_case.name());
  // Nor does anybody find it by asking.
  for (const std::string& filter :
       {by_case, absl::StrCat("NOT ", by_case), std::string("end_cause != \"\""),
        std::string("end_cause = \"\""), absl::StrCat("state = DISQUALIFIED OR ", by_case)}) {
    EXPECT_EQ(found("roles/organ", filter).applications_size(), 0) << filter;
  }
}

TEST_F(ReviewSupervision, ANoticeIsCountedByTheCalendarThatSupervisionKeeps) {
  const absl::CivilDay posted(2025, 3, 17);
  const auto& built_in = calendar::Calendar::Embedded();
  const absl::CivilDay first = *built_in.AddWorkdays(posted, 1);
  CalendarDay day;
  day.set_name("calendarDays/" + absl::FormatCivilTime(first));
  *day.mutable_date() = clock::ToDate(first);
  day.set_kind(CalendarDay::KIND_HOLIDAY);
  Follow(day);
  Registry registry;
  const auto ends = [&] {
    const auto connection = service_.database().Open();
    return *NoticeEnd(posted, {*registry.WorkingCalendar(*connection), 5});
  };
  EXPECT_EQ(ends(), *built_in.AddWorkdays(posted, 6));
  OnNotice(Scored({Submitted(unit_)}));
  EXPECT_EQ(*clock::ToDay(Round().notice_end_date()), *built_in.AddWorkdays(posted, 6));
  day.set_kind(CalendarDay::KIND_ORDINARY);
  Follow(day);
  EXPECT_EQ(ends(), *built_in.AddWorkdays(posted, 5)) << "taken back";
}

TEST_F(ReviewSupervision, AYearIsKnownOnceSupervisionHasEnteredIt) {
  Registry registry;
  const absl::CivilDay posted(2026, 12, 28);
  const auto ends = [&]() -> absl::StatusOr<absl::CivilDay> {
    const auto connection = service_.database().Open();
    const auto known = registry.WorkingCalendar(*connection);
    return NoticeEnd(posted, {*known, 5});
  };
  EXPECT_EQ(status::ReasonOf(ends().status()), "CALENDAR_YEAR_MISSING");
  CalendarDay new_year;
  new_year.set_name("calendarDays/2027-01-01");
  *new_year.mutable_date() = clock::ToDate(absl::CivilDay(2027, 1, 1));
  new_year.set_kind(CalendarDay::KIND_HOLIDAY);
  Follow(new_year);
  EXPECT_EQ(*ends(), absl::CivilDay(2027, 1, 5));
}

TEST_F(ReviewSupervision, EvidenceIsKnownFromWhenItWasUploadedUntilItIsGone) {
  EvidenceFile file;
  file.set_name(NewName("evidenceFiles"));
  file.set_digest(std::string(64, 'c'));
  Registry registry;
  const auto known = [&] {
    const auto connection = service_.database().Open();
    return registry.CheckEvidence(*connection, "field", file.digest()).ok();
  };
  EXPECT_FALSE(known());
  Follow(file);
  EXPECT_TRUE(known());
  const auto connection = service_.database().Open();
  ASSERT_TRUE(
      projection_.Remove(*connection, EvidenceFile::descriptor()->full_name(), file.name()).ok());
  EXPECT_FALSE(known());
}

TEST_F(ReviewSupervision, AnOrdinaryCaseStrikesNobody) {
  const Application application = Submitted(unit_);
  SupervisionCase supervision_case = CaseAbout(unit_);
  supervision_case.set_severity(SupervisionCase::SEVERITY_ORDINARY);
  supervision_case.set_confirmed(true);
  Follow(supervision_case);
  EXPECT_EQ(Read(application).state(), Application::STATE_SUBMITTED);
}

TEST_F(ReviewSupervision, AUnitAnswersForItsOfficesButNotForOtherUnitsBelowIt) {
  const Application application = Submitted(unit_);
  SupervisionCase below = CaseAbout(AddOrganization("KIND_PUBLIC_INSTITUTION", unit_));
  below.set_confirmed(true);
  Follow(below);
  EXPECT_EQ(Read(application).state(), Application::STATE_SUBMITTED);
  const std::string office = AddOrganization("KIND_INTERNAL_OFFICE", unit_);
  SupervisionCase inside = CaseAbout(AddOrganization("KIND_PARTY_BODY", office));
  inside.set_confirmed(true);
  Follow(inside);
  EXPECT_EQ(Read(application).state(), Application::STATE_DISQUALIFIED);
}

TEST_F(ReviewSupervision, WhoIsStruckGivesHisPlaceBack) {
  const auto scored = Scored({Submitted(unit_), Submitted(other_unit_)});
  Made(Shortlist(scored[0]));
  EXPECT_EQ(GuardOf(Shortlist(scored[1]).status()), "QUOTA_LEFT");
  SupervisionCase supervision_case = CaseAbout(unit_);
  supervision_case.set_confirmed(true);
  Follow(supervision_case);
  EXPECT_TRUE(Shortlist(scored[1]).ok());
}

TEST_F(ReviewSupervision, OpenSeriousCasesAndOverdueItemsBarTheShortList) {
  const auto scored = Scored({Submitted(unit_)});
  SupervisionCase supervision_case = CaseAbout(unit_);
  Follow(supervision_case);
  EXPECT_EQ(GuardOf(Shortlist(scored[0]).status()), "NO_VETO_CONDITION");
  supervision_case.set_state(SupervisionCase::STATE_CLOSED);
  Follow(supervision_case);
  RectificationItem item;
  item.set_name(NewName("rectificationItems"));
  item.set_organization(AddOrganization("KIND_INTERNAL_OFFICE", unit_));
  item.set_state(RectificationItem::STATE_IN_PROGRESS);
  *item.mutable_deadline() = clock::ToDate(absl::CivilDay(2025, 3, 16));
  Follow(item);
  EXPECT_EQ(GuardOf(Shortlist(scored[0]).status()), "NO_VETO_CONDITION");
  *item.mutable_deadline() = clock::ToDate(absl::CivilDay(2025, 3, 17));
  Follow(item);
  EXPECT_TRUE(Shortlist(scored[0]).ok()) << "due today is not overdue";
}

TEST_F(ReviewSupervision, TheConditionsAreCheckedAgainWhenTheTitleIsNearAndATitleIsSuspended) {
  const Application noticed = OnNotice(Scored({Submitted(unit_)}));
  SetDay(3, 25);
  Made(Move<v1::EndReviewRoundNoticeRequest>("ReviewRoundService/EndReviewRoundNotice", Round(),
                                             clerk_));
  v1::DecideReviewRoundRequest decide;
  decide.set_reason("会议决定");
  Made(Move("ReviewRoundService/DecideReviewRound", Round(), head_, decide));
  SupervisionCase supervision_case = CaseAbout(unit_);
  Follow(supervision_case);
  const auto confer = [&] {
    return Move<v1::ConferApplicationRequest>("ApplicationService/ConferApplication", noticed,
                                              head_);
  };
  EXPECT_EQ(GuardOf(confer().status()), "NO_VETO_CONDITION");
  supervision_case.set_state(SupervisionCase::STATE_CLOSED);
  Follow(supervision_case);
  const auto conferred = Made(confer());
  v1::ConferTitleRequest request;
  request.mutable_title()->set_application(conferred.name());
  request.mutable_title()->set_document_number("杭机工〔2025〕3号");
  const auto title = Made(Call<v1::Title>("TitleService/ConferTitle", request, head_));
  SupervisionCase later = CaseAbout(unit_);
  later.set_confirmed(true);
  Follow(later);
  v1::GetTitleRequest get;
  get.set_name(title.name());
  const auto suspended = Made(Call<v1::Title>("TitleService/GetTitle", get, clerk_));
  EXPECT_EQ(suspended.state(), v1::Title::STATE_SUSPENDED);
  EXPECT_EQ(suspended.state_cause(), later.name());
  // A title is read by everybody, its cause by those who are shown the cases of its holder.
  const auto shown = [&](const char* role, const std::string& organization) {
    const auto got = Made(service_.Call<v1::Title>(
        "/qinglian.review.v1.TitleService/GetTitle", get,
        test::CallAs(NewName("persons"), {test::GrantOf(role, organization)})));
    const auto page = Made(service_.Call<v1::ListTitlesResponse>(
        "/qinglian.review.v1.TitleService/ListTitles", v1::ListTitlesRequest(),
        test::CallAs(NewName("persons"), {test::GrantOf(role, organization)})));
    EXPECT_EQ(page.titles_size(), 1);
    EXPECT_EQ(page.titles(0).state_cause(), got.state_cause());
    EXPECT_EQ(got.state(), v1::Title::STATE_SUSPENDED);
    return got.state_cause();
  };
  EXPECT_EQ(shown("roles/organ", unit_), "");
  EXPECT_EQ(shown("roles/dispatchedGroup", other_unit_), "");
  EXPECT_EQ(shown("roles/dispatchedGroup", unit_), later.name());
}

}  // namespace
}  // namespace qinglian::review
