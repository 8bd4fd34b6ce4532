// Which contents a case and its items refer to: what decides who sees the files with them
// (migrations/0010_case_evidence.sql).
#ifndef QINGLIAN_SERVICES_SUPERVISION_CASE_EVIDENCE_STORE_H_
#define QINGLIAN_SERVICES_SUPERVISION_CASE_EVIDENCE_STORE_H_

#include "absl/status/status.h"
#include "common/mysql/mysql.h"
#include "qinglian/supervision/v1/rectification_item.pb.h"
#include "qinglian/supervision/v1/supervision_case.pb.h"

namespace qinglian::supervision {

// Notes what `after` refers to where that is not what `before` did, in the transaction that writes
// it.
absl::Status NoteEvidence(mysql::Connection& connection, const v1::SupervisionCase& before,
                          const v1::SupervisionCase& after);
absl::Status NoteEvidence(mysql::Connection& connection, const v1::RectificationItem& before,
                          const v1::RectificationItem& after);

// Does so for the cases of which nothing is noted, and their items: for those that were written
// before it was. May be repeated.
absl::Status NoteEarlierEvidence(mysql::Connection& connection);

}  // namespace qinglian::supervision

#endif  // QINGLIAN_SERVICES_SUPERVISION_CASE_EVIDENCE_STORE_H_
