// The methods of qinglian.organization.v1.ResponsibilityLetterService.
#ifndef QINGLIAN_SERVICES_ORGANIZATION_RESPONSIBILITY_LETTER_SERVICE_H_
#define QINGLIAN_SERVICES_ORGANIZATION_RESPONSIBILITY_LETTER_SERVICE_H_

#include "absl/status/statusor.h"
#include "common/resource/methods.h"
#include "common/serving/application.h"
#include "qinglian/organization/v1/responsibility_letter_service.pb.h"
#include "services/organization/assignment_store.h"
#include "services/organization/organization_store.h"
#include "services/organization/responsibility_letter_rules.h"
#include "services/organization/responsibility_letter_store.h"

namespace qinglian::organization {

// Thread-safe; outlives the server.
class ResponsibilityLetterService {
 public:
  explicit ResponsibilityLetterService(const serving::Environment& environment);

  resource::Methods& methods() { return methods_; }
  const ResponsibilityLetterStore& store() const { return store_; }

  // Ends letters whose year has passed.
  serving::ClockTask ExpiryTask();

 private:
  using Letter = v1::ResponsibilityLetter;

  absl::StatusOr<Letter> Get(rpc::Call& call, mysql::Connection& connection,
                             const v1::GetResponsibilityLetterRequest& request);
  absl::StatusOr<v1::ListResponsibilityLettersResponse> List(
      rpc::Call& call, mysql::Connection& connection,
      const v1::ListResponsibilityLettersRequest& request);
  absl::StatusOr<Letter> Create(journal::Transaction& tx,
                                const v1::CreateResponsibilityLetterRequest& request);
  absl::StatusOr<Letter> Update(journal::Transaction& tx,
                                const v1::UpdateResponsibilityLetterRequest& request);
  absl::StatusOr<Letter> Delete(journal::Transaction& tx,
                                const v1::DeleteResponsibilityLetterRequest& request);
  absl::StatusOr<Letter> Issue(journal::Transaction& tx,
                               const v1::IssueResponsibilityLetterRequest& request);
  absl::StatusOr<Letter> Sign(journal::Transaction& tx,
                              const v1::SignResponsibilityLetterRequest& request);
  absl::StatusOr<Letter> Countersign(journal::Transaction& tx,
                                     const v1::CountersignResponsibilityLetterRequest& request);
  absl::StatusOr<Letter> Cancel(journal::Transaction& tx,
                                const v1::CancelResponsibilityLetterRequest& request);
  absl::StatusOr<Letter> Terminate(journal::Transaction& tx,
                                   const v1::TerminateResponsibilityLetterRequest& request);
  absl::StatusOr<Letter> Expire(journal::Transaction& tx,
                                const v1::ExpireResponsibilityLetterRequest& request);

  absl::StatusOr<LetterActor> ActorOn(journal::Transaction& tx, const Letter& letter);
  absl::StatusOr<IssueFacts> FactsToIssue(journal::Transaction& tx, const Letter& letter);
  absl::StatusOr<CountersignFacts> FactsToCountersign(journal::Transaction& tx,
                                                      const Letter& letter);
  // REFERENCE_NOT_FOUND where it names a letter to supersede that does not exist.
  absl::Status CheckSuperseded(journal::Transaction& tx, const Letter& letter);
  absl::Status SupersedeOld(journal::Transaction& tx, const Letter& letter);
  absl::Status ExpireAll(mysql::Session& session);

  const serving::Environment& environment_;
  OrganizationStore organizations_;
  resource::Store<v1::Post> posts_;
  AssignmentStore assignments_;
  ResponsibilityLetterStore store_;
  resource::Methods methods_;
};

}  // namespace qinglian::organization

#endif  // QINGLIAN_SERVICES_ORGANIZATION_RESPONSIBILITY_LETTER_SERVICE_H_
