#include <thread>

#include "common/id/names.h"
#include "common/status/status.h"
#include "tests/storage/supervision/supervision.h"

namespace qinglian::supervision {
namespace {

class CaseTest : public SupervisionTest {
 protected:
  SupervisionCase PendingClosure(const SupervisionCase& the_case) {
    v1::RequestCaseClosureRequest request;
    request.set_summary("整改事项全部销号。");
    return Did("SupervisionCaseService/RequestCaseClosure", the_case, request, kHandler);
  }
  absl::StatusOr<SupervisionCase> Close(const SupervisionCase& the_case) {
    return Step("SupervisionCaseService/CloseSupervisionCase", the_case,
                Because<v1::CloseSupervisionCaseRequest>("同意办结"), kChief);
  }
  absl::StatusOr<RectificationItem> ReopenItem(const RectificationItem& item) {
    return Step("RectificationItemService/ReopenRectificationItem", item,
                Because<v1::ReopenRectificationItemRequest>("复查发现反弹"), kVerifier);
  }
};

TEST_F(CaseTest, ACaseGoesFromItsReceiptToItsClosure) {
  const SupervisionCase received = Received();
  EXPECT_EQ(received.state(), SupervisionCase::STATE_RECEIVED);
  // Monday, 10 March 2025, and five working days.
  EXPECT_EQ(*clock::ToDay(received.accept_due_date()), absl::CivilDay(2025, 3, 17));
  EXPECT_EQ(id::ParseName("cases", received.name())->version(), 4) << "the id tells no date";
  const SupervisionCase decided = InRectification();
  EXPECT_EQ(decided.filing_number(), "督〔2025〕1号");
  EXPECT_TRUE(decided.confirmed());
  EXPECT_EQ(decided.severity(), SupervisionCase::SEVERITY_SERIOUS);
  ClosedOut(decided);
  const auto closed = Close(PendingClosure(Reread(decided)));
  ASSERT_TRUE(closed.ok()) << closed.status();
  EXPECT_EQ(closed->state(), SupervisionCase::STATE_CLOSED);
  EXPECT_EQ(closed->closures(0).requester(), kHandler);
  EXPECT_EQ(closed->closures(0).closer(), kChief);
  EXPECT_EQ(served_.database().Value("SELECT COUNT(*) FROM journal WHERE resource = '" +
                                     decided.name() + "' AND operation <> 'OPERATION_READ'"),
            "15")
      << "its seven steps and the eight of its item are in the journal";
}

TEST_F(CaseTest, NoCaseClosesWithAnOpenItem) {
  const SupervisionCase decided = InRectification();
  v1::RequestCaseClosureRequest request;
  request.set_summary("完成");
  const auto ask = [&] {
    return Step("SupervisionCaseService/RequestCaseClosure", Reread(decided), request, kHandler);
  };
  EXPECT_THAT(ask(), RefusedBy(kItemsIssued));
  const RectificationItem item = Issued(decided);
  EXPECT_THAT(ask(), RefusedBy(kItemsEnded));
  Did("RectificationItemService/ExcuseRectificationItem", item,
      Because<v1::ExcuseRectificationItemRequest>("机构改革，职责已划出"), kChief);
  EXPECT_TRUE(ask().ok());
}

TEST_F(CaseTest, OfAClosureAndAReopenedItemThatRaceExactlyOneHappens) {
  for (int round = 0; round < 5; ++round) {
    const SupervisionCase decided = InRectification();
    const RectificationItem item = ClosedOut(decided);
    const SupervisionCase waiting = PendingClosure(Reread(decided));
    absl::StatusOr<RectificationItem> reopened = absl::UnknownError("");
    std::thread other([&] { reopened = ReopenItem(item); });
    const auto closed = Close(waiting);
    other.join();
    EXPECT_NE(closed.ok(), reopened.ok()) << closed.status() << " " << reopened.status();
    if (closed.ok()) {
      EXPECT_THAT(reopened, RefusedBy(kCaseOpen));
    } else {
      EXPECT_TRUE(status::Is(closed.status(), status::kEtagStale))
          << "the step of its item gave the case a new version: " << closed.status();
    }
  }
}

TEST_F(CaseTest, OfTwoWhoTakeOneStepOneWins) {
  const SupervisionCase received = Received();
  absl::StatusOr<SupervisionCase> results[2] = {absl::UnknownError(""), absl::UnknownError("")};
  std::thread first([&] {
    results[0] = Step("SupervisionCaseService/AcceptSupervisionCase", received,
                      v1::AcceptSupervisionCaseRequest(), kClerk);
  });
  results[1] = Step("SupervisionCaseService/DeclineSupervisionCase", received,
                    Because<v1::DeclineSupervisionCaseRequest>("不属于受理范围"), kChief);
  first.join();
  EXPECT_NE(results[0].ok(), results[1].ok());
  EXPECT_EQ(results[results[0].ok() ? 1 : 0].status().code(), absl::StatusCode::kAborted);
}

TEST_F(CaseTest, GuardsOfAcceptanceReadTheRegistry) {
  const auto accepted = [this](void (*change)(SupervisionCase&)) {
    v1::CreateSupervisionCaseRequest request = WantedCase();
    change(*request.mutable_supervision_case());
    const auto created = Create(request);
    EXPECT_TRUE(created.ok()) << created.status();
    return Step("SupervisionCaseService/AcceptSupervisionCase", *created,
                v1::AcceptSupervisionCaseRequest(), kClerk);
  };
  EXPECT_THAT(accepted([](SupervisionCase& c) {
                c.set_organization(kOffice);
                c.set_subject_person("");
              }),
              RefusedBy(kJurisdiction));
  EXPECT_THAT(accepted([](SupervisionCase& c) { c.set_subject_person(kChief); }),
              RefusedBy(kNotOwnHead));
  EXPECT_THAT(accepted([](SupervisionCase& c) { c.set_subject_person(kClerk); }), IsHidden());
  EXPECT_TRUE(accepted([](SupervisionCase& c) { c.set_subject_organization(kGroup); }).ok())
      << "an organization handles what concerns its own people";
  const SupervisionCase received = Received();
  served_.database().Run(
      "UPDATE known_organizations SET state = 'STATE_DISSOLVED' WHERE id = "
      "UNHEX('0000000000007000800000000000000B')");
  EXPECT_THAT(Step("SupervisionCaseService/AcceptSupervisionCase", received,
                   v1::AcceptSupervisionCaseRequest(), kClerk),
              RefusedBy(kHandlingOrganizationKnown));
}

TEST_F(CaseTest, HandlersAreAtWorkAndNotTheSubject) {
  const auto assign = [this](const char* person) {
    v1::AssignSupervisionCaseRequest request;
    request.add_handlers(person);
    return Step("SupervisionCaseService/AssignSupervisionCase", Accepted(), request, kChief);
  };
  EXPECT_THAT(assign(kColleague), RefusedBy(kHandlerNotSubject));
  EXPECT_THAT(assign(kRetired), RefusedBy(kHandlersAtWork));
}

TEST_F(CaseTest, NobodyDecidesWhatHeHandled) {
  const SupervisionCase pending = PendingDecision();
  EXPECT_THAT(Step("SupervisionCaseService/DecideSupervisionCase", pending, Decision(), kHandler),
              RefusedBy(kFourEyes));
  v1::DecideSupervisionCaseRequest without_document = Decision();
  without_document.mutable_decision()->set_document_digest(std::string(64, '0'));
  EXPECT_THAT(
      Step("SupervisionCaseService/DecideSupervisionCase", pending, without_document, kChief),
      RefusedBy(kEvidenceStored));
  const SupervisionCase returned =
      Did("SupervisionCaseService/ReturnSupervisionCase", pending,
          Because<v1::ReturnSupervisionCaseRequest>("事实不清"), kChief);
  EXPECT_EQ(returned.state(), SupervisionCase::STATE_IN_HANDLING);
}

TEST_F(CaseTest, ACaseIsReopenedOnNewEvidenceAndItsOldClosureStays) {
  SupervisionCase the_case = Did("SupervisionCaseService/DecideSupervisionCase", PendingDecision(),
                                 Decision(/*rectification=*/false), kChief);
  EXPECT_EQ(the_case.state(), SupervisionCase::STATE_PENDING_CLOSURE);
  EXPECT_THAT(Close(the_case), RefusedBy(kFourEyes)) << "the decision was the request";
  the_case = Did("SupervisionCaseService/CloseSupervisionCase", the_case,
                 Because<v1::CloseSupervisionCaseRequest>("同意"), kInspector);
  auto reopen = Because<v1::ReopenSupervisionCaseRequest>("发现新的线索");
  reopen.add_evidence_digests(the_case.decisions(0).document_digest());
  EXPECT_THAT(Step("SupervisionCaseService/ReopenSupervisionCase", the_case, reopen, kChief),
              RefusedBy(kNewEvidence));
  reopen.add_evidence_digests(Evidence("新的材料"));
  the_case = Did("SupervisionCaseService/ReopenSupervisionCase", the_case, reopen, kChief);
  EXPECT_EQ(the_case.state(), SupervisionCase::STATE_IN_HANDLING);
  EXPECT_EQ(Reread(the_case).closures(0).closer(), kInspector);
}

TEST_F(CaseTest, WhatAnEarlierDecisionHadPutRightDoesNotAnswerALaterOne) {
  SupervisionCase the_case = InRectification();
  ClosedOut(the_case);
  the_case = Did("SupervisionCaseService/CloseSupervisionCase", PendingClosure(Reread(the_case)),
                 Because<v1::CloseSupervisionCaseRequest>("同意"), kChief);
  SetToday(absl::CivilDay(2025, 3, 12));
  auto reopen = Because<v1::ReopenSupervisionCaseRequest>("发现新的线索");
  reopen.add_evidence_digests(Evidence("新的材料"));
  the_case = Did("SupervisionCaseService/ReopenSupervisionCase", the_case, reopen, kChief);

  v1::UpdateSupervisionCaseRequest update;
  update.mutable_supervision_case()->set_name(the_case.name());
  update.mutable_supervision_case()->set_severity(SupervisionCase::SEVERITY_ORDINARY);
  const auto edit = [&](const char* caller) {
    return Call<SupervisionCase>("SupervisionCaseService/UpdateSupervisionCase", update, caller);
  };
  EXPECT_THAT(edit(kClerk), RefusedBy(kDecidedSeverityStands));
  update.mutable_supervision_case()->clear_severity();
  update.mutable_supervision_case()->set_description("补充新的线索。");
  EXPECT_THAT(edit(kColleague), IsHidden());

  the_case =
      Did("SupervisionCaseService/DecideSupervisionCase", Opined(the_case), Decision(), kChief);
  v1::RequestCaseClosureRequest closure;
  closure.set_summary("完成");
  const auto ask = [&] {
    return Step("SupervisionCaseService/RequestCaseClosure", Reread(the_case), closure, kHandler);
  };
  EXPECT_THAT(ask(), RefusedBy(kItemsIssued));
  ClosedOut(the_case);
  EXPECT_TRUE(ask().ok());
}

TEST_F(CaseTest, ARepeatedRequestHasOneEffectAndOneNumber) {
  v1::AcceptSupervisionCaseRequest request;
  const SupervisionCase received = Received();
  request.set_name(received.name());
  request.set_etag(received.etag());
  request.set_request_id(test::RequestId());
  const auto once =
      Call<SupervisionCase>("SupervisionCaseService/AcceptSupervisionCase", request, kClerk);
  const auto again =
      Call<SupervisionCase>("SupervisionCaseService/AcceptSupervisionCase", request, kClerk);
  ASSERT_TRUE(once.ok() && again.ok()) << once.status() << again.status();
  EXPECT_EQ(once->SerializeAsString(), again->SerializeAsString());
  EXPECT_EQ(Accepted().filing_number(), "督〔2025〕2号") << "no number is lost";
  request.set_etag("\"7\"");
  EXPECT_TRUE(status::Is(
      Call<SupervisionCase>("SupervisionCaseService/AcceptSupervisionCase", request, kClerk)
          .status(),
      status::kRequestIdReused));
}

TEST_F(CaseTest, ABatchGivesEachItsVerdict) {
  v1::BatchTransitionSupervisionCasesRequest request;
  request.set_request_id(test::RequestId());
  const SupervisionCase good = Received();
  const SupervisionCase stale = Received();
  for (const SupervisionCase& one : {good, stale}) {
    auto& accept = *request.add_transitions()->mutable_accept();
    accept.set_name(one.name());
    accept.set_etag(one.etag());
  }
  request.mutable_transitions(1)->mutable_accept()->set_etag("\"9\"");
  const auto response = Call<v1::BatchTransitionSupervisionCasesResponse>(
      "SupervisionCaseService/BatchTransitionSupervisionCases", request, kClerk);
  ASSERT_TRUE(response.ok()) << response.status();
  EXPECT_EQ(response->verdicts(0).state(), "STATE_ACCEPTED");
  EXPECT_EQ(response->verdicts(1).status().code(), static_cast<int>(absl::StatusCode::kAborted));
  EXPECT_EQ(Reread(stale).state(), SupervisionCase::STATE_RECEIVED);
}

TEST_F(CaseTest, ListsAreFilteredAndKeptToASubtree) {
  Received();
  v1::ListSupervisionCasesRequest request;
  const auto count = [&] {
    const auto response = Call<v1::ListSupervisionCasesResponse>(
        "SupervisionCaseService/ListSupervisionCases", request, kClerk);
    EXPECT_TRUE(response.ok()) << response.status();
    return response.ok() ? response->supervision_cases_size() : -1;
  };
  EXPECT_EQ(count(), 1);
  request.set_subtree(kBureau);
  EXPECT_EQ(count(), 0) << "the case belongs to who handles it";
  request.set_subtree(kRoot);
  request.set_filter("state = RECEIVED AND category = \"caseCategories/bureaucracy-duties\"");
  EXPECT_EQ(count(), 1);
  request.set_filter("confirmed = true");
  EXPECT_EQ(count(), 0);
}

TEST_F(CaseTest, WhatACaseRefersToIsThere) {
  v1::CreateSupervisionCaseRequest request = WantedCase();
  request.mutable_supervision_case()->set_subject_organization(kNowhere);
  EXPECT_TRUE(status::Is(Create(request).status(), status::kReferenceNotFound));
  request = WantedCase();
  request.mutable_supervision_case()->set_category("caseCategories/unknown");
  EXPECT_THAT(Create(request), RefusedBy(kCategoryInUse));
  request = WantedCase();
  request.mutable_supervision_case()->add_evidence_digests(std::string(64, 'a'));
  EXPECT_THAT(Create(request), RefusedBy(kEvidenceStored));
}

}  // namespace
}  // namespace qinglian::supervision
