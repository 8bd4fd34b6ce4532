// Whom a case is about, and who is recused from it, see nothing of it: not the case, its items, the
// evidence in either, nor the finding it came from; by no method, in no feed, and not as a number
// either.
#include <gmock/gmock.h>

#include <memory>
#include <set>
#include <string>
#include <vector>

#include "qinglian/supervision/v1/pending_action_service.pb.h"
#include "tests/storage/supervision/supervision.h"
#include "tests/support/journal_server.h"

namespace qinglian::supervision {
namespace {

using journal::v1::Change;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::IsSupersetOf;
using testing::Not;
using testing::SizeIs;

// What only those may read who see the case.
constexpr char kFound[] = "抽查发现三个项目未在规定期限内公示";
constexpr char kOfCase[] = "现场照片：三个项目均未公示";
constexpr char kOfItem[] = "%PDF-1.7 佐证1";
constexpr char kOfDecision[] = "%PDF-1.7 会议纪要";

class AudienceTest : public SupervisionTest {
 protected:
  // One case with all that belongs to it, and files that do not.
  struct Story {
    Inspection inspection;
    SupervisionCase the_case;
    RectificationItem item;
    EvidenceFile of_case, of_item, of_decision;
    EvidenceFile other;
    // The names of what must be hidden.
    std::set<std::string> Names() const {
      return {the_case.name(), item.name(), of_case.name(), of_item.name(), of_decision.name()};
    }
    std::vector<EvidenceFile> Evidence() const { return {of_case, of_item, of_decision}; }
  };

  Inspection Inspected(const EvidenceFile& evidence) {
    v1::CreateInspectionRequest create;
    create.set_request_id(test::RequestId());
    Inspection& wanted = *create.mutable_inspection();
    wanted.set_organization(kGroup);
    wanted.set_display_name("2025年政府采购专项检查");
    wanted.set_kind(Inspection::KIND_SPECIAL);
    wanted.add_targets(kBureau);
    wanted.set_leader(kHandler);
    *wanted.mutable_planned_start_date() = clock::ToDate(absl::CivilDay(2025, 3, 10));
    *wanted.mutable_planned_end_date() = clock::ToDate(absl::CivilDay(2025, 3, 14));
    const auto created = Call<Inspection>("InspectionService/CreateInspection", create, kClerk);
    EXPECT_TRUE(created.ok()) << created.status();
    const Inspection started =
        Did("InspectionService/StartInspection", *created, v1::StartInspectionRequest(), kHandler);
    v1::RecordInspectionFindingRequest request;
    Inspection::Finding& finding = *request.mutable_finding();
    finding.set_organization(kOffice);
    finding.set_display_name("一处标识不规范");
    finding.set_description("门牌标识不规范。");
    finding.set_category("caseCategories/bureaucracy-duties");
    finding.set_severity(SupervisionCase::SEVERITY_MINOR);
    finding.set_corrected_on_spot(true);
    const Inspection once =
        Did("InspectionService/RecordInspectionFinding", started, request, kHandler);
    finding.set_person(kColleague);
    finding.set_display_name("三个采购项目未公示");
    finding.set_description(kFound);
    finding.set_severity(SupervisionCase::SEVERITY_ORDINARY);
    finding.add_evidence_digests(evidence.digest());
    finding.set_corrected_on_spot(false);
    return Did("InspectionService/RecordInspectionFinding", once, request, kHandler);
  }

  // `need_to_know`: who the case says needs to know of it.
  Story Told(const std::vector<std::string>& need_to_know = {}) {
    Story story;
    story.of_case = *Uploaded(kOfCase, kGroup);
    story.of_item = *Uploaded(kOfItem, kBureau, test::CallAs(kDoer));
    story.of_decision = *Uploaded(kOfDecision, kGroup);
    story.other = *Uploaded("与任何事项无关的材料", kGroup);
    story.inspection = Inspected(story.of_case);
    v1::GetSupervisionCaseRequest request;
    request.set_name(story.inspection.findings(1).supervision_case());
    const auto received =
        Call<SupervisionCase>("SupervisionCaseService/GetSupervisionCase", request, kClerk);
    EXPECT_TRUE(received.ok()) << received.status();
    story.the_case = InRectification(NeedToKnow(*received, need_to_know));
    story.item = PendingVerification(story.the_case);
    story.the_case = Reread(story.the_case);
    return story;
  }

  SupervisionCase NeedToKnow(const SupervisionCase& the_case,
                             const std::vector<std::string>& persons) {
    v1::UpdateSupervisionCaseRequest request;
    request.mutable_supervision_case()->set_name(the_case.name());
    for (const std::string& person : persons)
      request.mutable_supervision_case()->add_need_to_know(person);
    request.mutable_update_mask()->add_paths("need_to_know");
    request.set_etag(the_case.etag());
    const auto updated =
        Call<SupervisionCase>("SupervisionCaseService/UpdateSupervisionCase", request, kClerk);
    EXPECT_TRUE(updated.ok()) << updated.status();
    return updated.value_or(the_case);
  }

  absl::StatusOr<SupervisionCase> Recuse(const SupervisionCase& the_case, const char* person,
                                         const char* by) {
    auto request = Because<v1::RecuseFromSupervisionCaseRequest>("近亲属");
    request.set_person(person);
    return Step("SupervisionCaseService/RecuseFromSupervisionCase", the_case, request, by);
  }

  template <class Resource, class Request>
  absl::StatusOr<Resource> Got(const std::string& method, const Resource& resource, Request request,
                               const rpc::CallOptions& caller) {
    request.set_name(resource.name());
    return served_.Call<Resource>("/qinglian.supervision.v1." + method, request, caller);
  }

  // The names that a list shows.
  template <class Request, class Response, class Items>
  std::set<std::string> Listed(const std::string& method, Items items,
                               const rpc::CallOptions& caller, const std::string& filter = "") {
    Request request;
    request.set_filter(filter);
    std::set<std::string> names;
    do {
      // Of few a page, so that what is hidden cannot stand in the pages as a gap.
      request.set_page_size(2);
      const auto page =
          served_.Call<Response>("/qinglian.supervision.v1." + method, request, caller);
      EXPECT_TRUE(page.ok()) << page.status();
      if (!page.ok()) return names;
      for (const auto& one : ((*page).*items)()) names.insert(one.name());
      EXPECT_TRUE(page->next_page_token() == "" || ((*page).*items)().size() == 2);
      request.set_page_token(page->next_page_token());
    } while (request.page_token() != "");
    return names;
  }
  std::set<std::string> Cases(const rpc::CallOptions& caller, const std::string& filter = "") {
    return Listed<v1::ListSupervisionCasesRequest, v1::ListSupervisionCasesResponse>(
        "SupervisionCaseService/ListSupervisionCases",
        static_cast<const google::protobuf::RepeatedPtrField<SupervisionCase>& (
            v1::ListSupervisionCasesResponse::*)() const>(
            &v1::ListSupervisionCasesResponse::supervision_cases),
        caller, filter);
  }
  std::set<std::string> Items(const rpc::CallOptions& caller, const std::string& filter = "") {
    return Listed<v1::ListRectificationItemsRequest, v1::ListRectificationItemsResponse>(
        "RectificationItemService/ListRectificationItems",
        static_cast<const google::protobuf::RepeatedPtrField<RectificationItem>& (
            v1::ListRectificationItemsResponse::*)() const>(
            &v1::ListRectificationItemsResponse::rectification_items),
        caller, filter);
  }
  std::set<std::string> Files(const rpc::CallOptions& caller, const std::string& filter = "") {
    return Listed<v1::ListEvidenceFilesRequest, v1::ListEvidenceFilesResponse>(
        "EvidenceService/ListEvidenceFiles",
        static_cast<const google::protobuf::RepeatedPtrField<EvidenceFile>& (
            v1::ListEvidenceFilesResponse::*)() const>(
            &v1::ListEvidenceFilesResponse::evidence_files),
        caller, filter);
  }
  std::set<std::string> Pending(const std::string& person, const rpc::CallOptions& caller) {
    journal::v1::ListPendingActionsRequest request;
    request.set_person(person);
    const auto pending = served_.Call<journal::v1::ListPendingActionsResponse>(
        "/qinglian.supervision.v1.PendingActionService/ListPendingActions", request, caller);
    EXPECT_TRUE(pending.ok()) << pending.status();
    std::set<std::string> names;
    if (pending.ok())
      for (const auto& action : pending->actions()) names.insert(action.resource());
    return names;
  }

  test::JournalServer& journal() {
    if (journal_ == nullptr) {
      journal_ = std::make_unique<test::JournalServer>("supervision", served_.journal(),
                                                       served_.database().options(),
                                                       served_.app().snapshots());
    }
    return *journal_;
  }
  std::set<std::string> Searched(const rpc::CallOptions& caller) {
    journal::v1::SearchJournalRequest request;
    request.set_page_size(500);
    const auto found = journal().Search(request, caller);
    EXPECT_TRUE(found.ok()) << found.status();
    std::set<std::string> names;
    if (found.ok())
      for (const Change& change : found->changes()) names.insert(change.resource());
    return names;
  }
  static std::set<std::string> ResourcesOf(const journal::v1::WatchChangesResponse& told) {
    std::set<std::string> names;
    for (const Change& change : told.changes()) names.insert(change.resource());
    return names;
  }
  // The whole feed and a snapshot, as they come over the wire.
  std::vector<journal::v1::WatchChangesResponse> Watched(const rpc::CallOptions& caller) {
    // Written last, and seen by all who watch here.
    const EvidenceFile last = *Uploaded("最后一份材料" + test::RequestId(), kGroup);
    return {journal().Told(last.name(), caller), journal().Snapshot(caller)};
  }

  // That nothing in an answer, however deep, tells of the case.
  template <class Answer>
  static void ExpectSilent(const Answer& answer, const Story& story) {
    const std::string bytes = answer.SerializeAsString();
    for (const std::string& name : story.Names()) EXPECT_THAT(bytes, Not(HasSubstr(name)));
    for (const EvidenceFile& file : story.Evidence())
      EXPECT_THAT(bytes, Not(HasSubstr(file.digest())));
    EXPECT_THAT(bytes, Not(HasSubstr(kFound)));
  }

  void ExpectHiddenFrom(const std::string& person, const Story& story) {
    const rpc::CallOptions caller = test::CallAs(person);
    ExpectNotGot(story, caller);
    ExpectNotListed(story, caller);
    ExpectFindingHidden(story, caller);
    ExpectNotOnRecord(story, caller);
    for (const auto& told : Watched(caller)) {
      EXPECT_GT(told.changes_size(), 3) << "something else is told";
      ExpectSilent(told, story);
    }
  }
  void ExpectNotGot(const Story& story, const rpc::CallOptions& caller) {
    EXPECT_THAT(Got("SupervisionCaseService/GetSupervisionCase", story.the_case,
                    v1::GetSupervisionCaseRequest(), caller),
                IsHidden());
    EXPECT_THAT(Got("RectificationItemService/GetRectificationItem", story.item,
                    v1::GetRectificationItemRequest(), caller),
                IsHidden());
    for (const EvidenceFile& file : story.Evidence()) {
      EXPECT_THAT(
          Got("EvidenceService/GetEvidenceFile", file, v1::GetEvidenceFileRequest(), caller),
          IsHidden());
      EXPECT_THAT(Downloaded(file, caller), IsHidden());
    }
    EXPECT_TRUE(Downloaded(story.other, caller).ok());
  }
  void ExpectNotListed(const Story& story, const rpc::CallOptions& caller) {
    EXPECT_THAT(Cases(caller), IsEmpty());
    EXPECT_THAT(Cases(caller, "state = IN_RECTIFICATION"), IsEmpty());
    EXPECT_THAT(Items(caller), IsEmpty());
    EXPECT_THAT(Items(caller, absl::StrCat("supervision_case = \"", story.the_case.name(), "\"")),
                IsEmpty());
    EXPECT_THAT(Files(caller), Not(testing::Contains(testing::AnyOfArray(story.Names()))));
    EXPECT_THAT(Files(caller), testing::Contains(story.other.name()));
    for (const EvidenceFile& file : story.Evidence()) {
      EXPECT_THAT(Files(caller, absl::StrCat("digest = \"", file.digest(), "\"")), IsEmpty());
    }
    for (const char* whose : {kColleague, kInspector, kVerifier, kChief, kHandler})
      EXPECT_THAT(Pending(whose, caller),
                  Not(testing::Contains(testing::AnyOfArray(story.Names()))));
  }
  void ExpectFindingHidden(const Story& story, const rpc::CallOptions& caller) {
    const auto got = Got("InspectionService/GetInspection", story.inspection,
                         v1::GetInspectionRequest(), caller);
    ASSERT_TRUE(got.ok()) << got.status();
    EXPECT_THAT(got->findings(), SizeIs(1)) << "that which opened no case";
    ExpectSilent(*got, story);
    const auto page = served_.Call<v1::ListInspectionsResponse>(
        "/qinglian.supervision.v1.InspectionService/ListInspections", v1::ListInspectionsRequest(),
        caller);
    ASSERT_TRUE(page.ok() && page->inspections_size() == 1) << page.status();
    ExpectSilent(*page, story);
  }
  void ExpectNotOnRecord(const Story& story, const rpc::CallOptions& caller) {
    for (const std::string& name : story.Names())
      EXPECT_TRUE(absl::IsNotFound(journal().History(name, caller).status())) << name;
    const auto history = journal().History(story.inspection.name(), caller);
    ASSERT_TRUE(history.ok()) << history.status();
    EXPECT_THAT(history->changes(), SizeIs(4));
    ExpectSilent(*history, story);
    EXPECT_THAT(Searched(caller), testing::Contains(story.inspection.name()));
    EXPECT_THAT(Searched(caller), Not(testing::Contains(testing::AnyOfArray(story.Names()))));
  }

  void ExpectSeenBy(const std::string& person, const Story& story) {
    const rpc::CallOptions caller = test::CallAs(person);
    EXPECT_THAT(Cases(caller), SizeIs(1));
    EXPECT_THAT(Items(caller), SizeIs(1));
    for (const EvidenceFile& file : story.Evidence()) {
      EXPECT_THAT(Files(caller, absl::StrCat("digest = \"", file.digest(), "\"")), SizeIs(1));
      EXPECT_TRUE(Downloaded(file, caller).ok());
    }
    const auto got = Got("InspectionService/GetInspection", story.inspection,
                         v1::GetInspectionRequest(), caller);
    ASSERT_TRUE(got.ok() && got->findings_size() == 2) << got.status();
    EXPECT_EQ(got->findings(1).supervision_case(), story.the_case.name());
    for (const std::string& name : story.Names())
      EXPECT_TRUE(journal().History(name, caller).ok()) << name;
    EXPECT_THAT(Searched(caller), IsSupersetOf(story.Names()));
    for (const auto& told : Watched(caller)) {
      EXPECT_THAT(ResourcesOf(told), IsSupersetOf(story.Names()));
      EXPECT_THAT(told.SerializeAsString(), HasSubstr(kFound));
    }
  }

 private:
  std::unique_ptr<test::JournalServer> journal_;
};

TEST_F(AudienceTest, WhomACaseIsAboutSeesNothingOfItByAnyMethodOrFeed) {
  const Story story = Told();
  ASSERT_EQ(story.the_case.subject_person(), kColleague);
  ExpectSeenBy(kInspector, story);
  ExpectHiddenFrom(kColleague, story);
}

TEST_F(AudienceTest, WhoIsRecusedSeesNothingOfItFromThenOn) {
  const Story story = Told();
  ExpectSeenBy(kInspector, story);
  const auto recused = Recuse(story.the_case, kInspector, kChief);
  ASSERT_TRUE(recused.ok()) << recused.status();
  ExpectHiddenFrom(kInspector, story);
  ExpectSeenBy(kVerifier, story);
}

TEST_F(AudienceTest, WhoActsForOneOfThemSeesNoMore) {
  const Story story = Told();
  ExpectHiddenFrom(test::ActingFor(kInspector, kColleague), story);
}

TEST_F(AudienceTest, WhoNeedNotKnowOfItSeesNothingOfIt) {
  const Story story = Told({kClerk, kChief, kHead, kDoer, kSuperior, kVerifier});
  ExpectHiddenFrom(kInspector, story);
  ExpectHiddenFrom(kColleague, story);
  ExpectSeenBy(kVerifier, story);
  ExpectSeenBy(kHandler, story);
}

TEST_F(AudienceTest, WhoRecordedAFindingIsNotToldOfItAgainOnceHeIsRecused) {
  const Story story = Told();
  v1::RecordInspectionFindingRequest request;
  request.set_name(story.inspection.name());
  request.set_etag(story.inspection.etag());
  request.set_request_id(test::RequestId());
  *request.mutable_finding() = story.inspection.findings(1);
  const auto record = [&] {
    return Call<Inspection>("InspectionService/RecordInspectionFinding", request, kHandler);
  };
  const auto recorded = record();
  ASSERT_TRUE(recorded.ok() && recorded->findings_size() == 3) << recorded.status();
  SupervisionCase opened;
  opened.set_name(recorded->findings(2).supervision_case());
  ASSERT_TRUE(Recuse(Reread(opened), kHandler, kChief).ok());
  const auto again = record();
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_THAT(again->findings(), SizeIs(2));
  EXPECT_THAT(again->SerializeAsString(), Not(HasSubstr(opened.name())));
}

TEST_F(AudienceTest, WhoCreatedACaseIsNotToldOfItAgainOnceHeIsRecused) {
  const v1::CreateSupervisionCaseRequest request = WantedCase();
  const auto created = Create(request);
  ASSERT_TRUE(created.ok()) << created.status();
  const auto again = Create(request);
  ASSERT_TRUE(again.ok() && again->name() == created->name()) << again.status();
  ASSERT_TRUE(Recuse(*created, kClerk, kChief).ok());
  EXPECT_THAT(Create(request), IsHidden());
}

TEST_F(AudienceTest, EvidenceOfACaseIsAsConfidentialAsTheCaseWhereThatIsHandled) {
  const Story story = Told();
  const auto as = [](const char* person, const char* role, const char* organization) {
    return test::CallAs(person, {test::GrantOf(role, organization)});
  };
  const rpc::CallOptions clerk = as(kInspector, "roles/organ", kGroup);
  EXPECT_THAT(Files(clerk), testing::ElementsAre(story.other.name()));
  EXPECT_THAT(Downloaded(story.of_case, clerk), IsHidden());
  EXPECT_THAT(Downloaded(story.of_decision, clerk), IsHidden());
  const rpc::CallOptions officer = as(kInspector, "roles/dispatchedGroup", kGroup);
  EXPECT_THAT(Files(officer),
              testing::UnorderedElementsAre(story.other.name(), story.of_case.name(),
                                            story.of_decision.name()));
  EXPECT_TRUE(Downloaded(story.of_case, officer).ok());
  // Who has to put it right keeps what proves it, and an organ what it uploaded for itself.
  const rpc::CallOptions organ = as(kHead, "roles/organ", kBureau);
  const auto own = Uploaded(kOfCase, kBureau, as(kDoer, "roles/organ", kBureau));
  ASSERT_TRUE(own.ok()) << own.status();
  EXPECT_THAT(Files(organ), testing::UnorderedElementsAre(story.of_item.name(), own->name()));
  EXPECT_TRUE(Downloaded(story.of_item, organ).ok());
  EXPECT_THAT(Files(as(kColleague, "roles/organ", kBureau)), IsEmpty()) << "the subject";
}

TEST_F(AudienceTest, WhoIsShownNoCasesIsToldOfAFindingWithoutItsCase) {
  const Story story = Told();
  const auto expect_nameless = [&](const Inspection& inspection) {
    ASSERT_THAT(inspection.findings(), SizeIs(2));
    EXPECT_EQ(inspection.findings(1).description(), kFound);
    EXPECT_EQ(inspection.findings(1).supervision_case(), "");
  };
  const rpc::CallOptions clerk = test::CallAs(kInspector, {test::GrantOf("roles/organ", kGroup)});
  const auto got =
      Got("InspectionService/GetInspection", story.inspection, v1::GetInspectionRequest(), clerk);
  ASSERT_TRUE(got.ok()) << got.status();
  expect_nameless(*got);
  const auto page = served_.Call<v1::ListInspectionsResponse>(
      "/qinglian.supervision.v1.InspectionService/ListInspections", v1::ListInspectionsRequest(),
      clerk);
  ASSERT_TRUE(page.ok() && page->inspections_size() == 1) << page.status();
  expect_nameless(page->inspections(0));
  const rpc::CallOptions platform = test::CallAs("clients/00000000-0000-7000-8000-000000000001",
                                                 {test::GrantOf("roles/platform")});
  // Of what a platform hears, written last.
  const Inspection last = Inspected(*Uploaded("另一处的照片", kGroup));
  for (const auto& told : {journal().Told(last.name(), platform), journal().Snapshot(platform)}) {
    int inspections = 0;
    for (const Change& change : told.changes()) {
      if (change.resource() != story.inspection.name()) continue;
      Inspection after;
      ASSERT_TRUE(change.after().UnpackTo(&after));
      if (after.findings_size() == 2) expect_nameless(after);
      ++inspections;
    }
    EXPECT_GT(inspections, 0);
  }
}

TEST_F(AudienceTest, WhatCasesReferredToBeforeItWasNotedIsHiddenOnceItIs) {
  const Story story = Told();
  served_.database().Run("DELETE FROM case_evidence");
  EXPECT_TRUE(Downloaded(story.of_item, test::CallAs(kColleague)).ok()) << "the test sees nothing";
  mysql::Session session(served_.database().options());
  for (const serving::ClockTask& task : served_.app().clock_tasks()) {
    EXPECT_TRUE(task.name != "note-earlier-evidence" || task.pass(session).ok());
  }
  ExpectHiddenFrom(kColleague, story);
  ExpectSeenBy(kInspector, story);
}

}  // namespace
}  // namespace qinglian::supervision
