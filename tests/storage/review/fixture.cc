#include "tests/storage/review/fixture.h"

#include "common/id/names.h"
#include "common/status/status.h"
#include "migrations/review_migrations.h"
#include "qinglian/review/v1/action_plan_service.pb.h"
#include "qinglian/review/v1/pending_action_service.pb.h"
#include "qinglian/review/v1/programme_service.pb.h"
#include "qinglian/review/v1/review_round_service.pb.h"
#include "qinglian/review/v1/rubric_service.pb.h"

namespace qinglian::review {
namespace {

constexpr char kDigest[] = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";

std::string IdOfName(const std::string& name) {
  return id::ParseName(id::CollectionOf(name), name)->Bytes();
}

void Execute(const test::TestDatabase& database, std::string_view sql,
             std::initializer_list<mysql::Param> params) {
  const auto connection = database.Open();
  const auto done = connection->Execute(sql, params);
  ASSERT_TRUE(done.ok()) << done.status() << mysql::InternalText(done.status());
}

}  // namespace

std::string GuardOf(const absl::Status& status) {
  const std::string guard = status::MetadataOf(status, "guard");
  return guard.empty() ? status.ToString() : guard;
}

ReviewTest::ReviewTest()
    : committee_(NewName("organizations")),
      unit_(NewName("organizations")),
      other_unit_(NewName("organizations")),
      clerk_(NewName("persons")),
      head_(NewName("persons")),
      third_(NewName("persons")),
      service_(Migrations(), clock::StartOf(absl::CivilDay(2025, 3, 3)) + absl::Hours(10)) {
  Prepare();
}

std::string ReviewTest::NewName(std::string_view collection) {
  return id::FormatName(collection, id::Uuid::NewV4());
}

void ReviewTest::Prepare() {
  const std::pair<std::string, std::string_view> bodies[] = {
      {committee_, "KIND_WORKING_COMMITTEE_OF_ORGANS"},
      {unit_, "KIND_GOVERNMENT_DEPARTMENT"},
      {other_unit_, "KIND_GOVERNMENT_DEPARTMENT"}};
  for (const auto& [name, kind] : bodies) {
    Execute(service_.database(),
            "INSERT INTO known_organizations (id, version, path, kind, state, display_name, "
            "division, level) VALUES (?, 1, ?, ?, 'STATE_ACTIVE', 'organ', '330106', "
            "'LEVEL_COUNTY')",
            {IdOfName(name), IdOfName(name), kind});
  }
  for (const std::string& person : {clerk_, head_, third_}) {
    Execute(service_.database(),
            "INSERT INTO known_persons (id, version, organization, employment_state) VALUES (?, "
            "1, ?, 'EMPLOYMENT_STATE_EMPLOYED')",
            {IdOfName(person), IdOfName(committee_)});
  }
  Execute(service_.database(),
          "INSERT INTO known_evidence_files (id, version, digest) VALUES (?, 1, ?)",
          {id::Uuid::NewV4().Bytes(), kDigest});
  applicants_[unit_] = AddPerson(unit_);
  applicants_[other_unit_] = AddPerson(other_unit_);
  const std::string elsewhere = AddOrganization("KIND_MASS_ORGANIZATION");
  for (int i = 0; i < 3; ++i) reviewers_.push_back(AddPerson(elsewhere));
  programme_ = OpenProgramme();
  rubric_ = FrozenRubric();
  round_ = OpenRound().name();
}

std::string ReviewTest::AddOrganization(std::string_view kind, const std::string& parent) {
  const std::string name = NewName("organizations");
  const std::string above = parent.empty() ? "" : IdOfName(parent);
  Execute(service_.database(),
          "INSERT INTO known_organizations (id, version, parent, path, kind, state, display_name, "
          "division, level) VALUES (?, 1, ?, ?, ?, 'STATE_ACTIVE', 'organ', '330106', "
          "'LEVEL_COUNTY')",
          {IdOfName(name), parent.empty() ? mysql::Param(nullptr) : mysql::Param(above),
           above + IdOfName(name), kind});
  return name;
}

std::string ReviewTest::AddPerson(const std::string& organization) {
  const std::string name = NewName("persons");
  Execute(service_.database(),
          "INSERT INTO known_persons (id, version, organization, employment_state) VALUES (?, 1, "
          "?, 'EMPLOYMENT_STATE_EMPLOYED')",
          {IdOfName(name), IdOfName(organization)});
  return name;
}

absl::Status ReviewTest::RunTask(std::string_view name) {
  for (const serving::ClockTask& task : service_.app().clock_tasks()) {
    if (task.name != name) continue;
    mysql::Session session(service_.database().options());
    return task.pass(session);
  }
  return absl::NotFoundError("no clock task of this name");
}

void ReviewTest::SetDay(int month, int day) {
  service_.business_clock().Set(clock::StartOf(absl::CivilDay(2025, month, day)) + absl::Hours(10));
}

v1::Programme ReviewTest::OpenProgramme() {
  v1::CreateProgrammeRequest request;
  v1::Programme& programme = *request.mutable_programme();
  programme.set_organization(committee_);
  programme.set_display_name("清廉机关示范单位");
  programme.set_cycle_years(1);
  programme.set_validity_months(12);
  programme.set_notice_working_days(5);
  programme.set_title_number_prefix("清模");
  programme.add_veto_conditions(v1::Programme::VETO_CONDITION_OPEN_SERIOUS_CASE);
  programme.add_veto_conditions(v1::Programme::VETO_CONDITION_OVERDUE_RECTIFICATION);
  const auto made = Made(Call<v1::Programme>("ProgrammeService/CreateProgramme", request, clerk_));
  v1::OpenProgrammeRequest open;
  open.set_reason("年度启动");
  return Made(Move("ProgrammeService/OpenProgramme", made, clerk_, open));
}

v1::Rubric ReviewTest::FrozenRubric() {
  v1::CreateRubricRequest request;
  v1::Rubric& rubric = *request.mutable_rubric();
  rubric.set_programme(programme_.name());
  rubric.set_display_name("2025年考评细则");
  rubric.set_full_centipoints(10000);
  for (const char* code : {"1", "2"}) {
    auto& indicator = *rubric.add_indicators();
    indicator.set_code(code);
    indicator.set_display_name("责任落实");
    indicator.set_centipoints(5000);
    indicator.set_scoring_method(v1::Rubric::SCORING_METHOD_EXPERT);
    indicator.set_evidence_required(true);
  }
  const auto made = Made(Call<v1::Rubric>("RubricService/CreateRubric", request, clerk_));
  return Made(Move<v1::FreezeRubricRequest>("RubricService/FreezeRubric", made, clerk_));
}

v1::ReviewRound ReviewTest::OpenRound(bool site_visit_required) {
  v1::CreateReviewRoundRequest request;
  v1::ReviewRound& round = *request.mutable_review_round();
  round.set_programme(programme_.name());
  round.set_display_name("2025年度评选");
  round.set_year(2025);
  round.set_rubric(rubric_.name());
  *round.mutable_submission_start_date() = clock::ToDate(absl::CivilDay(2025, 3, 3));
  *round.mutable_submission_end_date() = clock::ToDate(absl::CivilDay(2025, 3, 14));
  auto& group = *round.add_quota_groups();
  group.set_code("county");
  group.set_display_name("县级单位");
  group.add_levels("LEVEL_COUNTY");
  group.set_cap(1);
  for (const std::string& reviewer : reviewers_) round.add_panel(reviewer);
  round.set_quorum(3);
  round.set_extremes_dropped(1);
  round.set_extremes_from_sheets(3);
  round.set_site_visit_required(site_visit_required);
  auto made = Made(Call<v1::ReviewRound>("ReviewRoundService/CreateReviewRound", request, clerk_));
  for (const std::string& reviewer : reviewers_) {
    made = Made(Move<v1::DeclareReviewRoundConflictsRequest>(
        "ReviewRoundService/DeclareReviewRoundConflicts", made, reviewer));
  }
  return Made(Move<v1::OpenReviewRoundRequest>("ReviewRoundService/OpenReviewRound", made, clerk_));
}

void ReviewTest::FilePlan(const std::string& unit) {
  v1::CreateActionPlanRequest request;
  v1::ActionPlan& plan = *request.mutable_action_plan();
  plan.set_organization(unit);
  plan.set_programme(programme_.name());
  plan.set_year(2025);
  plan.set_display_name("2025年创建方案");
  plan.set_goals("建成示范单位");
  plan.add_measures()->set_content("每季度开展一次警示教育");
  const auto made =
      Made(Call<v1::ActionPlan>("ActionPlanService/CreateActionPlan", request, applicants_[unit]));
  Made(
      Move<v1::FileActionPlanRequest>("ActionPlanService/FileActionPlan", made, applicants_[unit]));
}

v1::Application ReviewTest::Draft(const std::string& unit) {
  FilePlan(unit);
  v1::CreateApplicationRequest request;
  v1::Application& application = *request.mutable_application();
  application.set_review_round(round_);
  application.set_organization(unit);
  application.set_statement("申报清廉机关示范单位");
  for (const char* code : {"1", "2"}) {
    auto& entry = *application.add_self_assessments();
    entry.set_indicator(code);
    entry.set_centipoints(4500);
    entry.set_grounds("制度健全，落实到位");
    entry.add_evidence_digests(kDigest);
  }
  return Made(
      Call<v1::Application>("ApplicationService/CreateApplication", request, applicants_[unit]));
}

v1::Application ReviewTest::Submitted(const std::string& unit) {
  return Made(Move<v1::SubmitApplicationRequest>("ApplicationService/SubmitApplication",
                                                 Draft(unit), applicants_[unit]));
}

v1::ScoreSheet ReviewTest::SubmittedSheet(const v1::Application& application,
                                          const std::string& reviewer, int centipoints) {
  v1::CreateScoreSheetRequest request;
  v1::ScoreSheet& sheet = *request.mutable_score_sheet();
  sheet.set_application(application.name());
  for (const char* code : {"1", "2"}) {
    auto& mark = *sheet.add_marks();
    mark.set_indicator(code);
    mark.set_centipoints(centipoints);
  }
  const auto made =
      Made(Call<v1::ScoreSheet>("ScoreSheetService/CreateScoreSheet", request, reviewer));
  return Made(
      Move<v1::SubmitScoreSheetRequest>("ScoreSheetService/SubmitScoreSheet", made, reviewer));
}

std::vector<v1::Application> ReviewTest::UnderEvaluation(
    const std::vector<v1::Application>& submitted) {
  std::vector<v1::Application> accepted;
  for (const v1::Application& application : submitted) {
    v1::AcceptApplicationRequest request;
    request.set_examination("材料齐全");
    accepted.push_back(
        Made(Move("ApplicationService/AcceptApplication", application, clerk_, request)));
  }
  SetDay(3, 17);
  Made(Move<v1::CloseReviewRoundSubmissionsRequest>(
      "ReviewRoundService/CloseReviewRoundSubmissions", Round(), clerk_));
  Made(Move<v1::StartReviewRoundEvaluationRequest>("ReviewRoundService/StartReviewRoundEvaluation",
                                                   Round(), clerk_));
  for (v1::Application& application : accepted) {
    application = Made(Move<v1::StartApplicationEvaluationRequest>(
        "ApplicationService/StartApplicationEvaluation", application, clerk_));
  }
  return accepted;
}

std::vector<v1::Application> ReviewTest::Scored(const std::vector<v1::Application>& submitted) {
  std::vector<v1::Application> scored = UnderEvaluation(submitted);
  int points = 4800;
  for (v1::Application& application : scored) {
    for (size_t i = 0; i < reviewers_.size(); ++i) {
      SubmittedSheet(application, reviewers_[i], points + 100 * static_cast<int>(i));
    }
    application = Made(Move<v1::LockApplicationScoresRequest>(
        "ApplicationService/LockApplicationScores", application, clerk_));
    points -= 1000;
  }
  Made(Move<v1::LockReviewRoundScoresRequest>("ReviewRoundService/LockReviewRoundScores", Round(),
                                              clerk_));
  for (v1::Application& application : scored) application = Read(application);
  return scored;
}

v1::Application ReviewTest::OnNotice(const std::vector<v1::Application>& scored) {
  Made(Move<v1::ShortlistApplicationRequest>("ApplicationService/ShortlistApplication",
                                             scored.front(), clerk_));
  Made(Move<v1::ProposeReviewRoundCandidatesRequest>(
      "ReviewRoundService/ProposeReviewRoundCandidates", Round(), clerk_));
  Made(Move<v1::ApproveReviewRoundCandidatesRequest>(
      "ReviewRoundService/ApproveReviewRoundCandidates", Round(), head_));
  Made(Move<v1::PublishReviewRoundNoticeRequest>("ReviewRoundService/PublishReviewRoundNotice",
                                                 Round(), clerk_));
  return Read(scored.front());
}

v1::ReviewRound ReviewTest::Round() {
  v1::GetReviewRoundRequest request;
  request.set_name(round_);
  return Made(Call<v1::ReviewRound>("ReviewRoundService/GetReviewRound", request, clerk_));
}

v1::Application ReviewTest::Read(const v1::Application& application) {
  v1::GetApplicationRequest request;
  request.set_name(application.name());
  return Made(Call<v1::Application>("ApplicationService/GetApplication", request, clerk_));
}

std::vector<std::string> ReviewTest::Waiting(const std::string& caller) {
  const auto listed = Made(Call<journal::v1::ListPendingActionsResponse>(
      "PendingActionService/ListPendingActions", journal::v1::ListPendingActionsRequest(), caller));
  std::vector<std::string> methods;
  for (const auto& action : listed.actions()) {
    methods.push_back(action.method().substr(action.method().rfind('.') + 1));
  }
  return methods;
}

}  // namespace qinglian::review
