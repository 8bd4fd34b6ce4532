// What all import streams have in common: terms that the first message sets, conflicts, verdicts,
// and all or nothing.
#ifndef QINGLIAN_SERVICES_ORGANIZATION_IMPORT_STREAM_H_
#define QINGLIAN_SERVICES_ORGANIZATION_IMPORT_STREAM_H_

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/journal/write.h"
#include "common/rpc/call.h"
#include "common/rpc/stream.h"
#include "common/status/catalogue.h"
#include "common/status/macros.h"
#include "common/status/status.h"
#include "qinglian/organization/v1/organization_import.pb.h"

namespace qinglian::organization {

// The most rows of a stream that may be asked to be all or nothing: what one transaction may hold.
inline constexpr int kMaxAllOrNothing = 5'000;
// Verdicts that one response holds at most, so that it stays below the limit of a message.
inline constexpr int kMaxVerdicts = 500;

// INVALID_ARGUMENT for more rows than kMaxAllOrNothing.
absl::Status CheckAllOrNothing(int rows);

// Whether a row of what is there is to be passed over. `taken` where it is to be refused for that.
absl::StatusOr<bool> IsSkipped(v1::OnConflict on_conflict, const absl::Status& taken);

// The field that an error is about, as it is called within `prefix` ("organization."); empty where
// it is about no single one.
std::string FieldOf(const absl::Status& status, std::string_view prefix);

// Adds the verdict on a bad row.
template <class Response>
void Refuse(int64_t line, const absl::Status& status, std::string_view prefix, Response& response) {
  auto* error = response.add_errors();
  error->set_line(line);
  *error->mutable_status() = status::ToProto(status);
  error->set_field(FieldOf(status, prefix));
}

// Writes a batch by `fn(Transaction&) -> absl::StatusOr<Response>`. One that is to be all or
// nothing leaves nothing behind where a row was refused: the answer says so.
template <class Response, class Request, class Fn>
absl::StatusOr<Response> WriteBatch(journal::Journal& journal, rpc::Call& call,
                                    const Request& request, Fn&& fn) {
  std::optional<Response> refused;
  absl::StatusOr<Response> written = journal::Write<Response>(
      journal, call, request, journal::RequestIdRule::kOptional,
      [&](journal::Transaction& tx) -> absl::StatusOr<Response> {
        refused.reset();
        absl::StatusOr<Response> response = fn(tx);
        if (!response.ok() || !request.all_or_nothing() || response->errors().empty())
          return response;
        refused = *std::move(response);
        refused->set_rolled_back(true);
        // Any error rolls back. By this one the journal looks whether the same batch was kept
        // before; it never leaves here.
        return status::Error(status::kConflict);
      });
  if (!written.ok() && refused.has_value()) return *std::move(refused);
  return written;
}

// Answers with few verdicts in each message. False where the caller has gone.
template <class Response>
bool WriteVerdicts(Response response, rpc::Writer<Response>& responses) {
  auto errors = std::exchange(*response.mutable_errors(), {});
  int done = 0;
  do {
    const int size = std::min(kMaxVerdicts, errors.size() - done);
    for (int i = 0; i < size; ++i) response.add_errors()->Swap(errors.Mutable(done + i));
    if (!responses.Write(response)) return false;
    done += size;
    const bool rolled_back = response.rolled_back();
    response.Clear();
    response.set_rolled_back(rolled_back);
  } while (done < errors.size());
  return true;
}

// Gathers the rows of a whole stream into its first message, and has them dealt with at once.
template <class Import, class Request, class Response>
absl::Status TakeAllOrNothing(Import& import, Request whole, rpc::Reader<Request>& requests,
                              rpc::Writer<Response>& responses) {
  Request request;
  while (true) {
    RETURN_IF_ERROR(CheckAllOrNothing(whole.rows_size()));
    ASSIGN_OR_RETURN(const bool more, requests.Read(&request));
    if (!more) break;
    for (auto& row : *request.mutable_rows()) whole.add_rows()->Swap(&row);
  }
  ASSIGN_OR_RETURN(Response response, import.Take(whole));
  if (!WriteVerdicts(std::move(response), responses)) return status::Error(status::kCancelled);
  return absl::OkStatus();
}

// Deals with a stream: `import.Take(request)` with every batch, or with all rows at once where the
// first message says so.
template <class Import, class Request, class Response>
absl::Status TakeStream(Import& import, rpc::Reader<Request>& requests,
                        rpc::Writer<Response>& responses) {
  Request first;
  ASSIGN_OR_RETURN(bool more, requests.Read(&first));
  if (!more) return absl::OkStatus();
  if (first.all_or_nothing())
    return TakeAllOrNothing(import, std::move(first), requests, responses);
  Request request = std::move(first);
  Request terms = request;
  terms.clear_rows();
  while (more) {
    ASSIGN_OR_RETURN(const Response response, import.Take(request));
    if (!responses.Write(response)) return status::Error(status::kCancelled);
    Request next;
    ASSIGN_OR_RETURN(more, requests.Read(&next));
    request = terms;
    request.set_request_id(next.request_id());
    request.mutable_rows()->Swap(next.mutable_rows());
  }
  return absl::OkStatus();
}

}  // namespace qinglian::organization

#endif  // QINGLIAN_SERVICES_ORGANIZATION_IMPORT_STREAM_H_
