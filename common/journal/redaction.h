// What is taken out of changes before they are told: whoever follows a feed or asks for a history
// is shown no more of a resource than whoever gets it.
#ifndef QINGLIAN_COMMON_JOURNAL_REDACTION_H_
#define QINGLIAN_COMMON_JOURNAL_REDACTION_H_

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/access/principal.h"
#include "common/journal/batch.h"
#include "common/mysql/mysql.h"
#include "qinglian/journal/v1/journal.pb.h"

namespace qinglian::journal {

// Takes out of these changes, of resources that the caller sees, what he may not see of them as he
// may see it now.
absl::Status Redact(mysql::Connection& connection, const access::Scope& scope,
                    const std::vector<v1::Change*>& changes);

// The entries of a batch beyond `after` that the filter wants and that must not be told as they
// stand, as they may be told, by their positions. `seen` as for FieldsOf.
absl::StatusOr<std::map<uint64_t, std::string>> Redacted(mysql::Connection& connection,
                                                         const Filter& filter, const Batch& batch,
                                                         uint64_t after,
                                                         const std::set<std::string>& seen);

}  // namespace qinglian::journal

#endif  // QINGLIAN_COMMON_JOURNAL_REDACTION_H_
