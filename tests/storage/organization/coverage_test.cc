// What is missing in the registry: each check, its list, and that both follow what is changed.
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "common/status/status.h"
#include "gmock/gmock.h"
#include "qinglian/organization/v1/appointment_talk_service.pb.h"
#include "qinglian/organization/v1/responsibility_letter_service.pb.h"
#include "qinglian/organization/v1/term_of_office_service.pb.h"
#include "tests/storage/organization/covering.h"

namespace qinglian::organization {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class Covers : public CoveringTest {
 protected:
  v1::Organization MadePartyBody(const std::string& parent) {
    auto wanted = Wanted("机关党委", parent);
    wanted.mutable_organization()->set_kind(v1::Organization::KIND_PARTY_BODY);
    wanted.mutable_organization()->set_party_body_type(v1::Organization::PARTY_BODY_TYPE_COMMITTEE);
    return Create(wanted).value_or(v1::Organization());
  }
  v1::Post MadeOffice(const std::string& body, v1::Post::PartyOffice office) {
    v1::CreatePostRequest request;
    request.set_request_id(test::RequestId());
    request.mutable_post()->set_display_name("党内职务");
    request.mutable_post()->set_organization(body);
    request.mutable_post()->set_rank(v1::Post::RANK_STAFF);
    request.mutable_post()->set_party_office(office);
    return Call<v1::Post>("PostService/CreatePost", request).value_or(v1::Post());
  }
  void MakeTerm(const std::string& organization, absl::CivilDay due) {
    v1::CreateTermOfOfficeRequest request;
    request.set_request_id(test::RequestId());
    request.mutable_term_of_office()->set_organization(organization);
    request.mutable_term_of_office()->set_session_number(1);
    *request.mutable_term_of_office()->mutable_start_date() = clock::ToDate(kFirst - 1000);
    *request.mutable_term_of_office()->mutable_due_date() = clock::ToDate(due);
    const auto made = Call<v1::TermOfOffice>("TermOfOfficeService/CreateTermOfOffice", request);
    EXPECT_TRUE(made.ok()) << made.status();
  }
};

TEST_F(Covers, OrgansLackAPartyBodyUntilOneLiesRightBelowThem) {
  const v1::Organization top = Made("省厅");
  const v1::Organization organ = Made("市局", top.name());
  constexpr auto kCheck = v1::COVERAGE_CHECK_ORGAN_WITHOUT_PARTY_BODY;
  Follow();
  EXPECT_EQ(CountOf(top.name(), kCheck), 2);
  EXPECT_EQ(CountOf(organ.name(), kCheck), 1);
  const v1::Organization body = MadePartyBody(organ.name());
  Follow();
  EXPECT_EQ(CountOf(top.name(), kCheck), 1);
  EXPECT_THAT(Gaps(top.name(), kCheck), ElementsAre(top.name()));
  ASSERT_TRUE(Move(body, top.name()).ok());
  Follow();
  EXPECT_THAT(Gaps(top.name(), kCheck), ElementsAre(organ.name()))
      << "the one that it left, and not the one that it came to";
  ASSERT_TRUE(Abolish(Get(body.name())).ok());
  Follow();
  EXPECT_EQ(CountOf(top.name(), kCheck), 2);
  ExpectRecount();
}

TEST_F(Covers, PartyBodiesLackASecretaryAndACommissionerUntilSomebodyHoldsTheOfficeHimself) {
  const v1::Organization body = MadePartyBody(Made("省厅").name());
  const v1::Post office = MadeOffice(body.name(), v1::Post::PARTY_OFFICE_SECRETARY);
  const v1::Post other = MadeOffice(body.name(), v1::Post::PARTY_OFFICE_DISCIPLINE_COMMISSIONER);
  const v1::Person person = MadePerson("S-1", body.name());
  v1::CreateAssignmentRequest acting;
  acting.set_request_id(test::RequestId());
  acting.mutable_assignment()->set_person(person.name());
  acting.mutable_assignment()->set_post(office.name());
  acting.mutable_assignment()->set_acting(true);
  ASSERT_TRUE(Call<v1::Assignment>("AssignmentService/CreateAssignment", acting).ok());
  Follow();
  EXPECT_EQ(CountOf(body.name(), v1::COVERAGE_CHECK_PARTY_BODY_WITHOUT_SECRETARY), 1);
  EXPECT_EQ(CountOf(body.name(), v1::COVERAGE_CHECK_POST_VACANT), 2);
  ASSERT_TRUE(Assign(MadePerson("S-2", body.name()).name(), office.name()).ok());
  Follow();
  EXPECT_EQ(CountOf(body.name(), v1::COVERAGE_CHECK_PARTY_BODY_WITHOUT_SECRETARY), 0);
  EXPECT_EQ(CountOf(body.name(), v1::COVERAGE_CHECK_PARTY_BODY_WITHOUT_DISCIPLINE_COMMISSIONER), 1);
  EXPECT_THAT(Gaps(body.name(), v1::COVERAGE_CHECK_POST_VACANT),
              ElementsAre(body.name() + other.name()));
  ExpectRecount();
}

TEST_F(Covers, TermsAreOverdueFromTheDayAfterTheirLastOneAndRunOutBefore) {
  const v1::Organization top = Made("省厅");
  const std::string over = Made("一局", top.name()).name();
  const std::string today = Made("二局", top.name()).name();
  const std::string far = Made("三局", top.name()).name();
  MakeTerm(over, kFirst - 1);
  MakeTerm(today, kFirst);
  MakeTerm(far, kFirst + 181);
  Follow();
  EXPECT_EQ(CountOf(top.name(), v1::COVERAGE_CHECK_TERM_OVERDUE), 1);
  EXPECT_EQ(CountOf(top.name(), v1::COVERAGE_CHECK_TERM_RUNNING_OUT), 1);
  EXPECT_THAT(Gaps(top.name(), v1::COVERAGE_CHECK_TERM_RUNNING_OUT).size(), 1);
  Pass(1);
  EXPECT_EQ(CountOf(top.name(), v1::COVERAGE_CHECK_TERM_OVERDUE), 2) << "by the day alone";
  EXPECT_EQ(CountOf(top.name(), v1::COVERAGE_CHECK_TERM_RUNNING_OUT), 1);
  EXPECT_EQ(Gaps(top.name(), v1::COVERAGE_CHECK_TERM_OVERDUE).size(), 2u);
  ExpectRecount();
}

TEST_F(Covers, LeadersOweLettersAndTheirAppointmentsATalk) {
  const v1::Organization top = Made("省厅");
  const v1::Organization organ = Made("市局", top.name());
  MadePost(top.name(), v1::Post::RANK_PRINCIPAL_LEADER);
  const v1::Post chief = MadePost(organ.name(), v1::Post::RANK_PRINCIPAL_LEADER);
  const v1::Post head = MadePost(organ.name(), v1::Post::RANK_OFFICE_HEAD);
  MadePost(organ.name(), v1::Post::RANK_STAFF);
  const auto assignment = Assign(MadePerson("S-1", organ.name()).name(), chief.name());
  ASSERT_TRUE(Assign(MadePerson("S-2", organ.name()).name(), head.name()).ok());
  Follow();
  EXPECT_EQ(CoverageOf(top.name()).letters_owed(), 2) << "the chief of the top one only issues";
  EXPECT_EQ(CoverageOf(top.name()).letters_in_force(), 0);
  EXPECT_EQ(CountOf(top.name(), v1::COVERAGE_CHECK_LETTER_UNSIGNED), 2);
  EXPECT_EQ(Gaps(top.name(), v1::COVERAGE_CHECK_LETTER_UNSIGNED, 1).size(), 2u);
  EXPECT_THAT(Gaps(top.name(), v1::COVERAGE_CHECK_APPOINTMENT_TALK_MISSING),
              ElementsAre(organ.name() + assignment->name()));
  ExpectRecount();
}

// Signed by whoever holds each post.
class Signs : public Covers {
 protected:
  using Letter = v1::ResponsibilityLetter;

  template <class Request>
  Letter Step(const std::string& verb, const Letter& letter, const std::string& caller) {
    Request request;
    request.set_name(letter.name());
    request.set_etag(letter.etag());
    request.set_request_id(test::RequestId());
    if constexpr (requires { request.document_digest(); })
      request.set_document_digest(std::string(64, 'a'));
    const auto moved = Call<Letter>("ResponsibilityLetterService/" + verb + "ResponsibilityLetter",
                                    request, caller);
    EXPECT_TRUE(moved.ok()) << verb << moved.status();
    return moved.value_or(Letter());
  }
  Letter InForce(const v1::Post& issuer, const std::string& governor, const v1::Post& signatory,
                 const std::string& director) {
    v1::CreateResponsibilityLetterRequest request;
    request.set_request_id(test::RequestId());
    Letter& draft = *request.mutable_responsibility_letter();
    draft.set_issuer_post(issuer.name());
    draft.set_signatory_post(signatory.name());
    draft.set_year(2025);
    draft.set_title("责任书");
    draft.set_document_digest(std::string(64, 'a'));
    draft.add_items()->set_content("落实一岗双责");
    const auto made =
        Call<Letter>("ResponsibilityLetterService/CreateResponsibilityLetter", request, governor);
    EXPECT_TRUE(made.ok()) << made.status();
    const Letter issued =
        Step<v1::IssueResponsibilityLetterRequest>("Issue", made.value_or(Letter()), governor);
    const Letter half = Step<v1::SignResponsibilityLetterRequest>("Sign", issued, director);
    return Step<v1::CountersignResponsibilityLetterRequest>("Countersign", half, governor);
  }
};

TEST_F(Signs, ALetterInForceCountsForItsYearUntilThePostChangesHands) {
  constexpr auto kCheck = v1::COVERAGE_CHECK_LETTER_UNSIGNED;
  const v1::Organization top = Made("省厅");
  const v1::Organization organ = Made("市局", top.name());
  const v1::Post issuer = MadePost(top.name(), v1::Post::RANK_PRINCIPAL_LEADER);
  const v1::Post chief = MadePost(organ.name(), v1::Post::RANK_PRINCIPAL_LEADER);
  const v1::Post deputy = MadePost(organ.name(), v1::Post::RANK_LEADER_IN_CHARGE);
  const std::string governor = MadePerson("S-1", top.name()).name();
  const std::string director = MadePerson("S-2", organ.name()).name();
  ASSERT_TRUE(Assign(governor, issuer.name()).ok());
  const auto directs = Assign(director, chief.name());
  ASSERT_TRUE(directs.ok()) << directs.status();
  InForce(issuer, governor, chief, director);
  Follow();
  EXPECT_EQ(CoverageOf(top.name()).letters_owed(), 2);
  EXPECT_EQ(CoverageOf(top.name()).letters_in_force(), 1);
  EXPECT_EQ(CountOf(top.name(), kCheck), 1);
  EXPECT_THAT(Gaps(top.name(), kCheck), ElementsAre(organ.name() + deputy.name()));
  EXPECT_EQ(CoverageOf(top.name(), 2024).letters_in_force(), 0) << "of another year";
  v1::EndAssignmentRequest end;
  end.set_name(directs->name());
  end.set_etag(directs->etag());
  end.set_reason("调任");
  end.set_request_id(test::RequestId());
  ASSERT_TRUE(Call<v1::Assignment>("AssignmentService/EndAssignment", end).ok());
  Follow();
  EXPECT_EQ(CoverageOf(top.name()).letters_in_force(), 0) << "whoever comes next signs anew";
  EXPECT_EQ(Gaps(top.name(), kCheck).size(), 2u);
}

TEST_F(Covers, ACheckThatThereIsNotIsRefused) {
  v1::ListCoverageGapsRequest request;
  request.set_subtree(Made("省厅").name());
  EXPECT_TRUE(absl::IsInvalidArgument(
      Call<v1::ListCoverageGapsResponse>("CoverageService/ListCoverageGaps", request).status()));
  request.set_check(static_cast<v1::CoverageCheck>(99));
  EXPECT_TRUE(absl::IsInvalidArgument(
      Call<v1::ListCoverageGapsResponse>("CoverageService/ListCoverageGaps", request).status()));
  request.set_check(v1::COVERAGE_CHECK_POST_VACANT);
  request.set_page_token("x");
  EXPECT_EQ(
      status::ReasonOf(
          Call<v1::ListCoverageGapsResponse>("CoverageService/ListCoverageGaps", request).status()),
      "PAGE_TOKEN_INVALID");
}

TEST_F(Covers, TheCountsAreThoseOfARecountAfterManyWritersChangedTheTreeWhileItWasCounted) {
  std::vector<std::string> names;
  for (int i = 0; i < 3; ++i) {
    names.push_back(Made(absl::StrCat("根", i)).name());
    for (int j = 0; j < 6; ++j) {
      names.push_back(Made(absl::StrCat("单位", j), names[i * 7]).name());
      if (j % 2 == 0) MadePost(names.back(), v1::Post::RANK_PRINCIPAL_LEADER);
      if (j % 3 == 0) MadePartyBody(names.back());
    }
  }
  std::atomic<bool> stop = false;
  std::thread counter([&] {
    while (!stop) (void)Tick("follow-coverage");
  });
  std::vector<std::thread> writers;
  for (int t = 0; t < 8; ++t) {
    writers.emplace_back([&, t] {
      std::mt19937 random(t);
      const auto any = [&]() -> const std::string& { return names[random() % names.size()]; };
      for (int i = 0; i < 12; ++i) {
        const v1::Organization one = Get(any());
        if (one.name().empty()) continue;  // the reading was shed
        absl::Status status;
        switch (random() % 4) {
          case 0:
            status = Merge(one, any()).status();
            break;
          case 1:
            status = Abolish(one).status();
            break;
          default:
            status = Move(one, any()).status();
        }
        EXPECT_TRUE(status.ok() || absl::IsFailedPrecondition(status) || absl::IsAborted(status) ||
                    absl::IsResourceExhausted(status))
            << status;
      }
    });
  }
  for (std::thread& writer : writers) writer.join();
  stop = true;
  counter.join();
  Follow();
  ExpectRecount();
  EXPECT_EQ(Value("SELECT COUNT(*) FROM coverage_places c JOIN organizations o ON o.id = "
                  "c.organization WHERE NOT o.parent <=> c.parent"),
            "0");
}

}  // namespace
}  // namespace qinglian::organization
