#include "services/supervision/case_registration.h"

#include <utility>

#include "common/status/macros.h"
#include "services/supervision/handler.h"
#include "services/supervision/registry.h"

namespace qinglian::supervision {

absl::StatusOr<v1::SupervisionCase> CaseRegistration::Register(journal::Transaction& tx,
                                                               v1::SupervisionCase the_case) const {
  mysql::Connection& connection = tx.connection();
  RETURN_IF_ERROR(
      CheckOrganization(connection, "supervision_case.organization", the_case.organization()));
  RETURN_IF_ERROR(CheckOrganization(connection, "supervision_case.subject_organization",
                                    the_case.subject_organization()));
  RETURN_IF_ERROR(
      CheckPerson(connection, "supervision_case.subject_person", the_case.subject_person()));
  ASSIGN_OR_RETURN(const calendar::Calendar calendar, calendar_.Load(connection));
  RegisterCaseFacts facts{.step = StepOf(tx), .calendar = calendar};
  ASSIGN_OR_RETURN(facts.category_in_use, categories_.IsInUse(connection, the_case.category()));
  ASSIGN_OR_RETURN(facts.evidence_stored, EvidenceStored(tx, the_case.evidence_digests()));
  RETURN_IF_ERROR(supervision::Register(the_case, facts));
  return cases_.Insert(tx, std::move(the_case));
}

}  // namespace qinglian::supervision
