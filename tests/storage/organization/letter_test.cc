// Letters that take the place of others, who may end them, and whom they wait for.
#include <map>

#include "common/status/status.h"
#include "gmock/gmock.h"
#include "qinglian/organization/v1/pending_action_service.pb.h"
#include "qinglian/organization/v1/responsibility_letter_service.pb.h"
#include "tests/storage/organization/registry.h"

namespace qinglian::organization {
namespace {

using Letter = v1::ResponsibilityLetter;

class Letters : public RegistryTest {
 protected:
  Letters() {
    top_ = Made("省政府").name();
    body_ = Made("财政厅", top_).name();
    issuer_ = MadePost(top_, v1::Post::RANK_PRINCIPAL_LEADER).name();
    signatory_ = MadePost(body_, v1::Post::RANK_PRINCIPAL_LEADER).name();
    governor_ = MadePerson("1", top_).name();
    director_ = MadePerson("2", body_).name();
    EXPECT_TRUE(Assign(governor_, issuer_).ok());
    const auto directs = Assign(director_, signatory_);
    EXPECT_TRUE(directs.ok());
    directs_ = directs->name();
  }

  absl::StatusOr<Letter> Draft(const std::string& supersedes = "", int year = 2025) {
    v1::CreateResponsibilityLetterRequest request;
    request.set_request_id(test::RequestId());
    Letter& draft = *request.mutable_responsibility_letter();
    draft.set_issuer_post(issuer_);
    draft.set_signatory_post(signatory_);
    draft.set_year(year);
    draft.set_title("党风廉政建设目标责任书");
    draft.set_document_digest(std::string(64, 'a'));
    draft.set_supersedes(supersedes);
    draft.add_items()->set_content("落实一岗双责");
    return Call<Letter>("ResponsibilityLetterService/CreateResponsibilityLetter", request,
                        governor_);
  }

  template <class Request>
  absl::StatusOr<Letter> Move(const std::string& verb, const absl::StatusOr<Letter>& letter,
                              const std::string& caller) {
    if (!letter.ok()) return letter.status();
    Request request;
    request.set_name(letter->name());
    request.set_etag(letter->etag());
    request.set_request_id(test::RequestId());
    if constexpr (requires { request.document_digest(); }) {
      request.set_document_digest(std::string(64, 'a'));
    }
    if constexpr (requires { request.reason(); }) request.set_reason("调整分工");
    return Call<Letter>("ResponsibilityLetterService/" + verb + "ResponsibilityLetter", request,
                        caller);
  }

  absl::StatusOr<Letter> Issued(const absl::StatusOr<Letter>& draft) {
    return Move<v1::IssueResponsibilityLetterRequest>("Issue", draft, governor_);
  }
  absl::StatusOr<Letter> Signed(const absl::StatusOr<Letter>& issued) {
    return Move<v1::SignResponsibilityLetterRequest>("Sign", issued, director_);
  }
  absl::StatusOr<Letter> Countersigned(const absl::StatusOr<Letter>& half, const std::string& by) {
    return Move<v1::CountersignResponsibilityLetterRequest>("Countersign", half, by);
  }
  // From the draft to the countersignature.
  absl::StatusOr<Letter> Concluded(const absl::StatusOr<Letter>& draft) {
    return Countersigned(Signed(Issued(draft)), governor_);
  }

  Letter Read(const std::string& name) {
    v1::GetResponsibilityLetterRequest request;
    request.set_name(name);
    const auto read = Call<Letter>("ResponsibilityLetterService/GetResponsibilityLetter", request);
    EXPECT_TRUE(read.ok()) << read.status();
    return read.value_or(Letter());
  }
  Letter::State StateOf(const std::string& name) { return Read(name).state(); }

  void End(const std::string& assignment) {
    v1::GetAssignmentRequest get;
    get.set_name(assignment);
    v1::EndAssignmentRequest end;
    end.set_name(assignment);
    end.set_etag(Call<v1::Assignment>("AssignmentService/GetAssignment", get)->etag());
    end.set_request_id(test::RequestId());
    end.set_reason("调任");
    const auto ended = Call<v1::Assignment>("AssignmentService/EndAssignment", end);
    EXPECT_TRUE(ended.ok()) << ended.status();
  }

  // The one method that waits for the caller, or how many do.
  std::string Next(const std::string& caller) {
    const auto listed = Pending(caller);
    if (listed.actions_size() != 1) return std::to_string(listed.actions_size());
    const std::string& method = listed.actions(0).method();
    return method.substr(method.rfind('.') + 1);
  }

  journal::v1::ListPendingActionsResponse Pending(
      const std::string& caller, const journal::v1::ListPendingActionsRequest& request = {}) {
    const auto listed = Call<journal::v1::ListPendingActionsResponse>(
        "PendingActionService/ListPendingActions", request, caller);
    EXPECT_TRUE(listed.ok()) << listed.status();
    return listed.value_or(journal::v1::ListPendingActionsResponse());
  }

  static std::string Guard(const absl::StatusOr<Letter>& refused) {
    return status::MetadataOf(refused.status(), "guard");
  }

  std::string top_;
  std::string body_;
  std::string issuer_;
  std::string signatory_;
  std::string governor_;
  std::string director_;
  // The assignment by which the director holds the signatory's post.
  std::string directs_;
};

TEST_F(Letters, ANewLetterTakesThePlaceOfTheOldOneInOneStep) {
  const auto old = Concluded(Draft());
  ASSERT_TRUE(old.ok()) << old.status();
  EXPECT_EQ(Guard(Concluded(Draft())), "ONE_IN_FORCE");
  const auto half = Signed(Issued(Draft(old->name())));
  EXPECT_EQ(StateOf(old->name()), Letter::STATE_IN_FORCE) << "until the new one is in force";
  const auto next = Countersigned(half, governor_);
  ASSERT_TRUE(next.ok()) << next.status();
  EXPECT_EQ(next->state(), Letter::STATE_IN_FORCE);
  EXPECT_EQ(StateOf(old->name()), Letter::STATE_SUPERSEDED);
}

TEST_F(Letters, ALetterThatDoesNotExistIsNotSuperseded) {
  const std::string unknown = "responsibilityLetters/01930000-0000-7000-8000-000000000001";
  const auto refused = Draft(unknown);
  EXPECT_EQ(status::ReasonOf(refused.status()), "REFERENCE_NOT_FOUND") << refused.status();
  EXPECT_EQ(status::MetadataOf(refused.status(), "field"), "responsibility_letter.supersedes");
  const auto draft = Draft();
  ASSERT_TRUE(draft.ok()) << draft.status();
  v1::UpdateResponsibilityLetterRequest update;
  update.set_request_id(test::RequestId());
  update.mutable_responsibility_letter()->set_name(draft->name());
  update.mutable_responsibility_letter()->set_supersedes(unknown);
  update.mutable_update_mask()->add_paths("supersedes");
  EXPECT_EQ(
      status::ReasonOf(
          Call<Letter>("ResponsibilityLetterService/UpdateResponsibilityLetter", update).status()),
      "REFERENCE_NOT_FOUND");
}

TEST_F(Letters, ALetterOfAnotherYearOrOneNotInForceIsNotSuperseded) {
  const auto earlier = Concluded(Draft("", 2024));
  ASSERT_TRUE(earlier.ok()) << earlier.status();
  EXPECT_EQ(Guard(Concluded(Draft(earlier->name()))), "SUPERSEDED_FITS");
  EXPECT_EQ(StateOf(earlier->name()), Letter::STATE_IN_FORCE);
  const auto draft = Draft();
  ASSERT_TRUE(draft.ok()) << draft.status();
  EXPECT_EQ(Guard(Concluded(Draft(draft->name()))), "SUPERSEDED_FITS");
  EXPECT_EQ(StateOf(draft->name()), Letter::STATE_DRAFT);
}

TEST_F(Letters, OnlyTheIssuerCancelsALetterAlsoADraft) {
  const auto cancel = [&](const absl::StatusOr<Letter>& letter, const std::string& caller) {
    return Move<v1::CancelResponsibilityLetterRequest>("Cancel", letter, caller);
  };
  const auto draft = Draft();
  EXPECT_EQ(Guard(cancel(draft, director_)), "ISSUER_HOLDS_POST");
  const auto issued = Issued(draft);
  EXPECT_EQ(Guard(cancel(issued, director_)), "ISSUER_HOLDS_POST");
  const auto cancelled = cancel(issued, governor_);
  ASSERT_TRUE(cancelled.ok()) << cancelled.status();
  EXPECT_EQ(cancelled->state(), Letter::STATE_CANCELLED);
}

// Whatever is deleted between two pages, also the very row a page ended with, the others come once.
TEST_F(Letters, PagesHoldEveryRowOnceAlsoWhenRowsAreDeletedBetween) {
  for (const std::string order : {"", "create_time desc", "update_time"}) {
    std::map<std::string, Letter> left;
    for (int year = 2030; year < 2042; ++year) {
      const auto draft = Draft("", year);
      ASSERT_TRUE(draft.ok()) << draft.status();
      left[draft->name()] = *draft;
    }
    v1::ListResponsibilityLettersRequest request;
    request.set_page_size(4);
    request.set_order_by(order);
    request.set_filter("state = DRAFT");
    do {
      const auto page = Call<v1::ListResponsibilityLettersResponse>(
          "ResponsibilityLetterService/ListResponsibilityLetters", request);
      ASSERT_TRUE(page.ok()) << page.status();
      for (const Letter& letter : page->responsibility_letters()) {
        EXPECT_EQ(left.erase(letter.name()), 1u) << "by '" << order << "'";
        ASSERT_TRUE(Move<v1::DeleteResponsibilityLetterRequest>("Delete", letter, governor_).ok());
      }
      request.set_page_token(page->next_page_token());
      if (left.empty() || request.page_token().empty()) continue;
      const Letter unseen = left.begin()->second;
      ASSERT_TRUE(Move<v1::DeleteResponsibilityLetterRequest>("Delete", unseen, governor_).ok());
      left.erase(unseen.name());
    } while (!request.page_token().empty());
    EXPECT_THAT(left, testing::IsEmpty()) << "by '" << order << "'";
  }
}

TEST_F(Letters, WhoHoldsBothPostsDoesNotSignForBoth) {
  const std::string top_post = MadePost(top_, v1::Post::RANK_PRINCIPAL_LEADER).name();
  ASSERT_TRUE(Assign(director_, top_post).ok());
  issuer_ = top_post;
  const auto issued = Move<v1::IssueResponsibilityLetterRequest>("Issue", Draft(), director_);
  EXPECT_EQ(Next(director_), "SignResponsibilityLetter");
  EXPECT_EQ(Guard(Countersigned(Signed(issued), director_)), "COUNTERSIGNER_IS_ANOTHER");
  EXPECT_EQ(Next(director_), "0") << "nor does it wait for him";
}

TEST_F(Letters, ALetterWhoseSignatoryHasLeftHisPostIsFollowedByANewOne) {
  const auto old = Concluded(Draft());
  ASSERT_TRUE(old.ok()) << old.status();
  EXPECT_FALSE(old->re_sign_required());
  EXPECT_EQ(Next(governor_), "0");
  End(directs_);
  EXPECT_TRUE(Read(old->name()).re_sign_required());
  EXPECT_EQ(StateOf(old->name()), Letter::STATE_IN_FORCE);
  EXPECT_EQ(Next(governor_), "CreateResponsibilityLetter");
  director_ = MadePerson("3", body_).name();
  ASSERT_TRUE(Assign(director_, signatory_).ok());
  const auto draft = Draft(old->name());
  EXPECT_EQ(Next(governor_), "IssueResponsibilityLetter");
  const auto next = Concluded(draft);
  ASSERT_TRUE(next.ok()) << next.status();
  EXPECT_FALSE(next->re_sign_required());
  EXPECT_EQ(StateOf(old->name()), Letter::STATE_SUPERSEDED);
  EXPECT_EQ(Next(governor_), "0");
}

TEST_F(Letters, ALetterThatWasHalfSignedByWhoLeftWaitsForNoCountersignature) {
  const auto half = Signed(Issued(Draft()));
  ASSERT_TRUE(half.ok()) << half.status();
  End(directs_);
  const Letter marked = Read(half->name());
  EXPECT_TRUE(marked.re_sign_required());
  EXPECT_EQ(Guard(Countersigned(marked, governor_)), "SIGNATORY_UNCHANGED");
  EXPECT_EQ(Next(governor_), "CreateResponsibilityLetter");
}

TEST_F(Letters, OnlyTheAssignmentThatSignedEndsASignature) {
  const auto draft = Draft();
  const auto issued = Issued(draft);
  End(directs_);
  EXPECT_FALSE(Read(issued->name()).re_sign_required()) << "nobody has signed it yet";
  const auto again = Assign(director_, signatory_);
  ASSERT_TRUE(again.ok()) << again.status();
  const auto in_force = Countersigned(Signed(issued), governor_);
  ASSERT_TRUE(in_force.ok()) << in_force.status();
  const std::string deputy = MadePerson("4", body_).name();
  const auto another = Assign(deputy, MadePost(body_, v1::Post::RANK_LEADER_IN_CHARGE).name());
  ASSERT_TRUE(another.ok()) << another.status();
  End(another->name());
  EXPECT_FALSE(Read(in_force->name()).re_sign_required());
}

TEST_F(Letters, ALetterWaitsForWhoHoldsThePostThatActsNext) {
  const auto draft = Draft();
  EXPECT_EQ(Next(governor_), "IssueResponsibilityLetter");
  EXPECT_EQ(Next(director_), "0");
  const auto issued = Issued(draft);
  EXPECT_EQ(Next(governor_), "0");
  EXPECT_EQ(Next(director_), "SignResponsibilityLetter");
  const auto half = Signed(issued);
  EXPECT_EQ(Next(governor_), "CountersignResponsibilityLetter");
  EXPECT_EQ(Next(director_), "0");
  journal::v1::ListPendingActionsRequest of_body;
  of_body.set_organization(body_);
  EXPECT_EQ(Pending("clients/test", of_body).actions_size(), 1);
  of_body.set_organization(top_);
  EXPECT_EQ(Pending("clients/test", of_body).actions_size(), 0);
  ASSERT_TRUE(Countersigned(half, governor_).ok());
  EXPECT_EQ(Next(governor_), "0");
}

}  // namespace
}  // namespace qinglian::organization
