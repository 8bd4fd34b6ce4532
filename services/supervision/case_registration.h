// Registering a case, which is done by whoever reports one and by the finding of an inspection.
#ifndef QINGLIAN_SERVICES_SUPERVISION_CASE_REGISTRATION_H_
#define QINGLIAN_SERVICES_SUPERVISION_CASE_REGISTRATION_H_

#include "absl/status/statusor.h"
#include "common/journal/transaction.h"
#include "qinglian/supervision/v1/supervision_case.pb.h"
#include "services/supervision/calendar_store.h"
#include "services/supervision/case_category_store.h"
#include "services/supervision/supervision_case_store.h"

namespace qinglian::supervision {

// Thread-safe: it holds no state.
class CaseRegistration {
 public:
  // Fills, checks and keeps a new case. REFERENCE_NOT_FOUND where an organization or person is not
  // known; the guards of Register.
  absl::StatusOr<v1::SupervisionCase> Register(journal::Transaction& tx,
                                               v1::SupervisionCase supervision_case) const;

 private:
  CalendarStore calendar_;
  CaseCategoryStore categories_;
  SupervisionCaseStore cases_;
};

}  // namespace qinglian::supervision

#endif  // QINGLIAN_SERVICES_SUPERVISION_CASE_REGISTRATION_H_
