// Readings of protected data, in the journal before the data leaves.
//
// Protected is what is PERSONAL or above: a resource whose rule says so, a field that does, a
// change of such a resource. The house's own services are not recorded: what they follow stays in
// it.
#ifndef QINGLIAN_COMMON_JOURNAL_READING_H_
#define QINGLIAN_COMMON_JOURNAL_READING_H_

#include <set>
#include <string>

#include "absl/status/status.h"
#include "common/journal/write.h"
#include "common/mysql/mysql.h"
#include "common/rpc/call.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/message.h"

namespace qinglian::journal {

// Whether answers of this type can hold what is protected. Thread-safe; for asking once a method.
bool MayShowProtected(const google::protobuf::Descriptor* response);

// Commits a row for each protected resource in `response`, with the purpose that the request states
// in a field `purpose`. To be called after the answer is made and before it is sent. OK where there
// is nothing to record. UNAVAILABLE, reason READING_NOT_RECORDED, where it cannot be written:
// nothing may leave then.
absl::Status RecordReading(Journal& journal, rpc::Call& call,
                           const google::protobuf::Message& request,
                           const google::protobuf::Message& response);

// Commits a row for each of these kinds, which somebody begins to follow. Errors as above.
absl::Status RecordWatching(Journal& journal, mysql::Session& session, const rpc::Caller& caller,
                            const std::string& method, const std::set<std::string>& kinds);

}  // namespace qinglian::journal

#endif  // QINGLIAN_COMMON_JOURNAL_READING_H_
