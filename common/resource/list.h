// List methods: from request to response, by the field names that all of them share.
#ifndef QINGLIAN_COMMON_RESOURCE_LIST_H_
#define QINGLIAN_COMMON_RESOURCE_LIST_H_

#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "common/resource/store.h"

namespace qinglian::resource {

// Answers a List method with what the caller may see. `items`: the response's repeated field, such
// as &ListRiskPointsResponse::mutable_risk_points. INVALID_ARGUMENT where page size, page token,
// filter or order are wrong. `conditions` and `rows` as in Question.
template <class T, class Request, class Response>
absl::StatusOr<Response> List(const Store<T>& store, mysql::Connection& connection,
                              const access::Scope& scope, const paging::TokenCodec& tokens,
                              const Listing& listing, const Request& request,
                              google::protobuf::RepeatedPtrField<T>* (Response::*items)(),
                              std::vector<paging::Condition> conditions = {},
                              paging::Condition rows = {}) {
  Response response;
  Question question{.page_size = request.page_size(),
                    .page_token = request.page_token(),
                    .filter = request.filter(),
                    .order_by = request.order_by(),
                    .conditions = std::move(conditions),
                    .rows = std::move(rows)};
  absl::StatusOr<std::string> next = store.messages().List(
      connection, scope, tokens, listing, question, [&] { return (response.*items)()->Add(); });
  if (!next.ok()) return next.status();
  response.set_next_page_token(*std::move(next));
  return response;
}

}  // namespace qinglian::resource

#endif  // QINGLIAN_COMMON_RESOURCE_LIST_H_
