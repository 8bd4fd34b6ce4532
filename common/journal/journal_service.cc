#include "common/journal/journal_service.h"

#include <memory>
#include <utility>

#include "common/status/macros.h"

namespace qinglian::journal {

void AddJournalMethods(rpc::Service& service, Feed& feed, const History& history) {
  service.Push<v1::WatchChangesRequest, v1::WatchChangesResponse>(
      "WatchChanges", [&feed](std::shared_ptr<Feed::Stream> stream, rpc::Subscriber subscriber,
                              const v1::WatchChangesRequest& request) {
        return feed.Watch(std::move(stream), std::move(subscriber), request);
      });
  service.Unary<v1::ListHistoryRequest, v1::ListHistoryResponse>(
      "ListHistory",
      [&history](rpc::Call& call,
                 const v1::ListHistoryRequest& request) -> absl::StatusOr<v1::ListHistoryResponse> {
        ASSIGN_OR_RETURN(mysql::Connection * connection, call.database().Acquire());
        return history.List(*connection, call.scope(), request);
      });
}

}  // namespace qinglian::journal
