#include "services/supervision/supervision_case_store.h"

#include <string>
#include <utility>

#include "common/clock/date.h"
#include "common/id/names.h"
#include "common/status/macros.h"
#include "services/supervision/case_evidence_store.h"

namespace qinglian::supervision {

absl::StatusOr<v1::SupervisionCase> SupervisionCaseStore::Insert(
    journal::Transaction& tx, v1::SupervisionCase the_case) const {
  ASSIGN_OR_RETURN(the_case, Store::Insert(tx, std::move(the_case)));
  RETURN_IF_ERROR(NoteEvidence(tx.connection(), v1::SupervisionCase(), the_case));
  return the_case;
}

absl::StatusOr<v1::SupervisionCase> SupervisionCaseStore::Update(journal::Transaction& tx,
                                                                 const v1::SupervisionCase& before,
                                                                 v1::SupervisionCase after) const {
  ASSIGN_OR_RETURN(after, Store::Update(tx, before, std::move(after)));
  RETURN_IF_ERROR(NoteEvidence(tx.connection(), before, after));
  return after;
}

absl::StatusOr<CaseItems> SupervisionCaseStore::CountItems(
    journal::Transaction& tx, const v1::SupervisionCase& the_case) const {
  ASSIGN_OR_RETURN(const std::string id, plan().type().IdOf(the_case.name()));
  ASSIGN_OR_RETURN(const absl::CivilDay decided, clock::ToDay(the_case.decide_date()));
  ASSIGN_OR_RETURN(
      mysql::Rows rows,
      tx.connection().Query("SELECT COALESCE(SUM(end_date IS NULL OR end_date >= ?), 0), "
                            "COALESCE(SUM(state NOT IN ('STATE_CLOSED_OUT', 'STATE_EXCUSED')), 0) "
                            "FROM rectification_items WHERE supervision_case = ?",
                            {decided, id}));
  rows.Next();
  return CaseItems{.since_decision = static_cast<int>(rows.Int(0)),
                   .open = static_cast<int>(rows.Int(1))};
}

absl::Status SupervisionCaseStore::SetHandlers(journal::Transaction& tx,
                                               const v1::SupervisionCase& the_case) const {
  ASSIGN_OR_RETURN(const std::string id, plan().type().IdOf(the_case.name()));
  RETURN_IF_ERROR(tx.connection()
                      .Execute("DELETE FROM case_handlers WHERE supervision_case = ?", {id})
                      .status());
  for (const std::string& handler : the_case.handlers()) {
    ASSIGN_OR_RETURN(const id::Uuid person, id::ParseName("persons", handler));
    RETURN_IF_ERROR(
        tx.connection()
            .Execute("INSERT INTO case_handlers (supervision_case, person) VALUES (?, ?)",
                     {id, person.Bytes()})
            .status());
  }
  return absl::OkStatus();
}

}  // namespace qinglian::supervision
