// Letters that take the place of others, who may end them, and whom they wait for.
#include "common/status/status.h"
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
    EXPECT_TRUE(Assign(director_, signatory_).ok());
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

  Letter::State StateOf(const std::string& name) {
    v1::GetResponsibilityLetterRequest request;
    request.set_name(name);
    const auto read = Call<Letter>("ResponsibilityLetterService/GetResponsibilityLetter", request);
    EXPECT_TRUE(read.ok()) << read.status();
    return read.ok() ? read->state() : Letter::STATE_UNSPECIFIED;
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

TEST_F(Letters, WhoHoldsBothPostsDoesNotSignForBoth) {
  const std::string top_post = MadePost(top_, v1::Post::RANK_PRINCIPAL_LEADER).name();
  ASSERT_TRUE(Assign(director_, top_post).ok());
  issuer_ = top_post;
  const auto issued = Move<v1::IssueResponsibilityLetterRequest>("Issue", Draft(), director_);
  EXPECT_EQ(Guard(Countersigned(Signed(issued), director_)), "COUNTERSIGNER_IS_ANOTHER");
}

TEST_F(Letters, ALetterWaitsForWhoHoldsThePostThatActsNext) {
  const auto next = [&](const std::string& caller) {
    const auto listed = Pending(caller);
    return listed.actions_size() == 1 ? listed.actions(0).method()
                                      : std::to_string(listed.actions_size());
  };
  const std::string service = "qinglian.organization.v1.ResponsibilityLetterService.";
  const auto draft = Draft();
  EXPECT_EQ(next(governor_), service + "IssueResponsibilityLetter");
  EXPECT_EQ(next(director_), "0");
  const auto issued = Issued(draft);
  EXPECT_EQ(next(governor_), "0");
  EXPECT_EQ(next(director_), service + "SignResponsibilityLetter");
  const auto half = Signed(issued);
  EXPECT_EQ(next(governor_), service + "CountersignResponsibilityLetter");
  EXPECT_EQ(next(director_), "0");
  journal::v1::ListPendingActionsRequest of_body;
  of_body.set_organization(body_);
  EXPECT_EQ(Pending("clients/test", of_body).actions_size(), 1);
  of_body.set_organization(top_);
  EXPECT_EQ(Pending("clients/test", of_body).actions_size(), 0);
  ASSERT_TRUE(Countersigned(half, governor_).ok());
  EXPECT_EQ(next(governor_), "0");
}

}  // namespace
}  // namespace qinglian::organization
