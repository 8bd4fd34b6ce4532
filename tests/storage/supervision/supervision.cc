#include "tests/storage/supervision/supervision.h"

#include <memory>

#include "common/crypto/crypto.h"
#include "common/evidence/pieces.h"
#include "common/id/names.h"

namespace qinglian::supervision {
namespace {

std::string IdOf(std::string_view name) {
  return id::ParseName(id::CollectionOf(name), name)->Bytes();
}

void Write(mysql::Connection& connection, std::string_view sql,
           std::initializer_list<mysql::Param> params) {
  const auto result = connection.Execute(sql, params);
  EXPECT_TRUE(result.ok()) << result.status();
}

// Of the suite that runs.
std::unique_ptr<test::Served<SupervisionServer>> shared;

}  // namespace

void SupervisionTest::SetUpTestSuite() {
  shared = std::make_unique<test::Served<SupervisionServer>>(Migrations());
}

void SupervisionTest::TearDownTestSuite() { shared.reset(); }

void SupervisionTest::Empty() {
  for (const char* table :
       {"journal", "journal_pending", "inspections", "supervision_cases", "case_handlers",
        "case_evidence", "supervision_cases_audience", "rectification_items", "evidence_files",
        "evidence_contents", "evidence_content_pieces", "evidence_pieces", "number_counters",
        "known_organizations", "known_posts", "known_assignments", "known_persons",
        "calendar_days WHERE display_name = '临时调休'",
        "case_categories WHERE id = 'procurement'"}) {
    Write(*served_.database().Open(), std::string("DELETE FROM ") + table, {});
  }
}

SupervisionTest::SupervisionTest() : served_(*shared) {
  Empty();
  SetToday(absl::CivilDay(2025, 3, 10));
  const std::string root = IdOf(kRoot);
  const std::string bureau = root + IdOf(kBureau);
  Know(kRoot, root, "");
  Know(kGroup, root + IdOf(kGroup), kRoot);
  Know(kBureau, bureau, kRoot);
  Know(kOffice, bureau + IdOf(kOffice), kBureau);
  Know(kOther, root + IdOf(kOther), kRoot);
  Know(kChief, kGroup, "RANK_PRINCIPAL_LEADER", "EMPLOYED");
  Know(kClerk, kGroup, "RANK_STAFF", "EMPLOYED");
  Know(kHandler, kGroup, "RANK_STAFF", "EMPLOYED");
  Know(kInspector, kGroup, "RANK_OFFICE_HEAD", "EMPLOYED");
  Know(kHead, kBureau, "RANK_PRINCIPAL_LEADER", "EMPLOYED");
  Know(kLeader, kBureau, "RANK_LEADER_IN_CHARGE", "EMPLOYED");
  Know(kDoer, kOffice, "RANK_STAFF", "EMPLOYED");
  Know(kColleague, kOffice, "RANK_STAFF", "EMPLOYED");
  Know(kNeighbour, kOffice, "RANK_STAFF", "EMPLOYED");
  Know(kVerifier, kOther, "RANK_STAFF", "EMPLOYED");
  Know(kSuperior, kRoot, "RANK_LEADER_IN_CHARGE", "EMPLOYED");
  Know(kRetired, kOther, "", "RETIRED");
  Know(kPostless, kOther, "", "EMPLOYED");
}

void SupervisionTest::Know(std::string_view organization, std::string_view path,
                           std::string_view parent) {
  const std::string parent_id = parent.empty() ? "" : IdOf(parent);
  Write(*served_.database().Open(),
        "INSERT INTO known_organizations VALUES (?, 1, NULLIF(?, ''), ?, "
        "'KIND_GOVERNMENT_DEPARTMENT', 'STATE_ACTIVE', '某单位', '330100', 'LEVEL_PROVINCE')",
        {IdOf(organization), parent_id, path});
}

void SupervisionTest::Know(std::string_view person, std::string_view organization,
                           std::string_view rank, std::string_view employment) {
  auto connection = served_.database().Open();
  Write(*connection, "INSERT INTO known_persons VALUES (?, 1, ?, CONCAT('EMPLOYMENT_STATE_', ?))",
        {IdOf(person), IdOf(organization), employment});
  if (rank.empty()) return;
  const std::string post = id::Uuid::NewV4().Bytes();
  Write(*connection, "INSERT INTO known_posts VALUES (?, 1, ?, ?, FALSE, 'STATE_ACTIVE')",
        {post, IdOf(organization), rank});
  Write(*connection,
        "INSERT INTO known_assignments VALUES (?, 1, ?, ?, ?, ?, '2024-01-01', NULL, "
        "'STATE_CURRENT')",
        {id::Uuid::NewV4().Bytes(), IdOf(person), post, IdOf(organization), rank});
}

std::string SupervisionTest::Evidence(const std::string& text) {
  auto connection = served_.database().Open();
  const std::string digest = crypto::Sha256(text);
  EXPECT_TRUE(evidence::KeepPiece(*connection, {.digest = digest, .content = text}).ok());
  EXPECT_TRUE(evidence::KeepContent(*connection, {.digest = digest,
                                                  .size_bytes = static_cast<int64_t>(text.size()),
                                                  .pieces = {digest}})
                  .ok());
  return evidence::HexDigest(digest);
}

absl::StatusOr<EvidenceFile> SupervisionTest::Uploaded(const std::string& text,
                                                       const std::string& organization,
                                                       const rpc::CallOptions& caller) {
  v1::UploadEvidenceRequest part;
  part.mutable_start()->set_request_id(test::RequestId());
  EvidenceFile& file = *part.mutable_start()->mutable_evidence_file();
  file.set_organization(organization);
  file.set_file_name("材料.txt");
  file.set_media_type("text/plain");
  file.set_digest(evidence::HexDigest(crypto::Sha256(text)));
  file.set_size_bytes(static_cast<int64_t>(text.size()));
  rpc::ClientStreamClient<v1::UploadEvidenceRequest, EvidenceFile> stream(
      served_.channel(), "/qinglian.supervision.v1.EvidenceService/UploadEvidence", caller);
  stream.Write(part);
  part.set_chunk(text);
  stream.Write(part);
  return stream.Finish();
}

absl::StatusOr<std::string> SupervisionTest::Downloaded(const EvidenceFile& file,
                                                        const rpc::CallOptions& caller) {
  v1::DownloadEvidenceRequest request;
  request.set_name(file.name());
  rpc::ServerStreamClient<v1::DownloadEvidenceRequest, v1::DownloadEvidenceResponse> stream(
      served_.channel(), "/qinglian.supervision.v1.EvidenceService/DownloadEvidence", request,
      caller);
  v1::DownloadEvidenceResponse response;
  std::string content;
  while (stream.Read(&response)) content += response.chunk();
  const absl::Status finished = stream.Finish();
  if (!finished.ok()) return finished;
  return content;
}

v1::CreateSupervisionCaseRequest SupervisionTest::WantedCase() {
  v1::CreateSupervisionCaseRequest request;
  request.set_request_id(test::RequestId());
  SupervisionCase& wanted = *request.mutable_supervision_case();
  wanted.set_organization(handling_);
  wanted.set_subject_organization(kBureau);
  wanted.set_subject_person(kColleague);
  wanted.set_source(SupervisionCase::SOURCE_TRANSFER);
  wanted.set_display_name("采购项目未按规定公示");
  wanted.set_description("三个采购项目未在规定期限内公示。");
  wanted.set_category("caseCategories/bureaucracy-duties");
  wanted.set_severity(SupervisionCase::SEVERITY_ORDINARY);
  wanted.add_risk_points(kRiskPoint);
  return request;
}

absl::StatusOr<SupervisionCase> SupervisionTest::Create(
    const v1::CreateSupervisionCaseRequest& request) {
  return Call<SupervisionCase>("SupervisionCaseService/CreateSupervisionCase", request, kClerk);
}

SupervisionCase SupervisionTest::Received() {
  const auto created = Create(WantedCase());
  EXPECT_TRUE(created.ok()) << created.status();
  return created.value_or(SupervisionCase());
}

SupervisionCase SupervisionTest::Accepted() { return Accepted(Received()); }

SupervisionCase SupervisionTest::Accepted(const SupervisionCase& received) {
  return Did("SupervisionCaseService/AcceptSupervisionCase", received,
             v1::AcceptSupervisionCaseRequest(), kClerk);
}

SupervisionCase SupervisionTest::InHandling() { return Assigned(Accepted()); }

SupervisionCase SupervisionTest::Assigned(const SupervisionCase& accepted) {
  v1::AssignSupervisionCaseRequest request;
  request.add_handlers(kHandler);
  return Did("SupervisionCaseService/AssignSupervisionCase", accepted, request, kChief);
}

SupervisionCase SupervisionTest::PendingDecision() { return Opined(InHandling()); }

SupervisionCase SupervisionTest::Opined(const SupervisionCase& in_handling) {
  v1::SubmitCaseOpinionRequest request;
  request.mutable_opinion()->set_content("经核查，问题属实。");
  request.mutable_opinion()->set_proposed_disposition(SupervisionCase::DISPOSITION_FIRST_FORM);
  request.mutable_opinion()->set_proposed_severity(SupervisionCase::SEVERITY_ORDINARY);
  return Did("SupervisionCaseService/SubmitCaseOpinion", in_handling, request, kHandler);
}

v1::DecideSupervisionCaseRequest SupervisionTest::Decision(bool rectification) {
  v1::DecideSupervisionCaseRequest request;
  SupervisionCase::Decision& decision = *request.mutable_decision();
  decision.set_body("机关纪委委员会议");
  *decision.mutable_meeting_date() = clock::ToDate(clock::DayOf(served_.business_clock().Now()));
  decision.set_members(7);
  decision.set_members_present(6);
  decision.set_votes_for(6);
  decision.set_document_digest(Evidence("%PDF-1.7 会议纪要"));
  decision.set_disposition(SupervisionCase::DISPOSITION_FIRST_FORM);
  decision.set_severity(SupervisionCase::SEVERITY_SERIOUS);
  decision.set_rectification_ordered(rectification);
  return request;
}

SupervisionCase SupervisionTest::InRectification() { return InRectification(Received()); }

SupervisionCase SupervisionTest::InRectification(const SupervisionCase& received) {
  return Did("SupervisionCaseService/DecideSupervisionCase", Opined(Assigned(Accepted(received))),
             Decision(), kChief);
}

v1::CreateRectificationItemRequest SupervisionTest::WantedItem(const SupervisionCase& the_case) {
  v1::CreateRectificationItemRequest request;
  request.set_request_id(test::RequestId());
  RectificationItem& wanted = *request.mutable_rectification_item();
  wanted.set_supervision_case(the_case.name());
  wanted.set_organization(kBureau);
  wanted.set_display_name("完善采购公示制度");
  wanted.set_requirement("修订制度并开展专项培训。");
  return request;
}

RectificationItem SupervisionTest::Issued(const SupervisionCase& the_case) {
  const auto created = Call<RectificationItem>("RectificationItemService/CreateRectificationItem",
                                               WantedItem(the_case), kClerk);
  EXPECT_TRUE(created.ok()) << created.status();
  return created.value_or(RectificationItem());
}

v1::SubmitRectificationPlanRequest SupervisionTest::Plan() {
  v1::SubmitRectificationPlanRequest request;
  request.add_measures()->set_content("修订采购公示制度");
  request.add_measures()->set_content("开展专项培训");
  request.set_responsible_leader(kLeader);
  request.set_responsible_office(kOffice);
  request.set_responsible_person(kDoer);
  *request.mutable_plan_date() = clock::ToDate(clock::DayOf(served_.business_clock().Now()) + 90);
  return request;
}

RectificationItem SupervisionTest::Planned(const SupervisionCase& the_case) {
  const RectificationItem acknowledged =
      Did("RectificationItemService/AcknowledgeRectificationItem", Issued(the_case),
          v1::AcknowledgeRectificationItemRequest(), kHead);
  return Did("RectificationItemService/SubmitRectificationPlan", acknowledged, Plan(), kDoer);
}

RectificationItem SupervisionTest::InProgress(const SupervisionCase& the_case) {
  return Did("RectificationItemService/StartRectificationItem", Planned(the_case),
             v1::StartRectificationItemRequest(), kDoer);
}

v1::ReviewRectificationItemRequest SupervisionTest::ReviewAs(RectificationItem::Capacity capacity) {
  v1::ReviewRectificationItemRequest request;
  request.set_capacity(capacity);
  request.set_opinion("措施已落实。");
  return request;
}

RectificationItem SupervisionTest::Reviewed(const RectificationItem& in_progress) {
  const RectificationItem once =
      Did("RectificationItemService/ReviewRectificationItem", in_progress,
          ReviewAs(RectificationItem::CAPACITY_HEAD), kHead);
  return Did("RectificationItemService/ReviewRectificationItem", once,
             ReviewAs(RectificationItem::CAPACITY_SUPERIOR), kSuperior);
}

v1::ApplyRectificationCloseoutRequest SupervisionTest::Application() {
  v1::ApplyRectificationCloseoutRequest request;
  request.set_summary("制度已修订，培训已完成。");
  for (int measure : {1, 2}) {
    auto& one = *request.add_evidence();
    one.set_measure(measure);
    one.add_evidence_digests(Evidence("%PDF-1.7 佐证" + std::to_string(measure)));
  }
  return request;
}

RectificationItem SupervisionTest::PendingVerification(const SupervisionCase& the_case) {
  return Did("RectificationItemService/ApplyRectificationCloseout", Reviewed(InProgress(the_case)),
             Application(), kDoer);
}

RectificationItem SupervisionTest::ClosedOut(const SupervisionCase& the_case) {
  return Did("RectificationItemService/AcceptRectificationItem", PendingVerification(the_case),
             Because<v1::AcceptRectificationItemRequest>("整改到位"), kVerifier);
}

SupervisionCase SupervisionTest::Reread(const SupervisionCase& the_case) {
  v1::GetSupervisionCaseRequest request;
  request.set_name(the_case.name());
  return Call<SupervisionCase>("SupervisionCaseService/GetSupervisionCase", request, kClerk)
      .value_or(SupervisionCase());
}

void SupervisionTest::SetToday(absl::CivilDay day) {
  served_.business_clock().Set(clock::StartOf(day) + absl::Hours(9));
}

}  // namespace qinglian::supervision
