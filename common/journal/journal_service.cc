#include "common/journal/journal_service.h"

#include <memory>
#include <utility>

#include "common/journal/reading.h"
#include "common/status/macros.h"

namespace qinglian::journal {

void AddJournalMethods(rpc::Service& service, Journal& journal, Feed& feed, const History& history,
                       const Search& search) {
  service.Push<v1::WatchChangesRequest, v1::WatchChangesResponse>(
      "WatchChanges", [&feed](std::shared_ptr<Feed::Stream> stream, rpc::Subscriber subscriber,
                              const v1::WatchChangesRequest& request) {
        return feed.Watch(std::move(stream), std::move(subscriber), request);
      });
  service.Unary<v1::ListHistoryRequest, v1::ListHistoryResponse>(
      "ListHistory",
      [&journal, &history](rpc::Call& call, const v1::ListHistoryRequest& request)
          -> absl::StatusOr<v1::ListHistoryResponse> {
        ASSIGN_OR_RETURN(mysql::Connection * connection, call.database().Acquire());
        ASSIGN_OR_RETURN(v1::ListHistoryResponse response,
                         history.List(*connection, call.scope(), request));
        RETURN_IF_ERROR(RecordReading(journal, call, request, response));
        return response;
      });
  // Without what the resources became, so that nothing protected is in it.
  service.Unary<v1::SearchJournalRequest, v1::SearchJournalResponse>(
      "SearchJournal",
      [&search](rpc::Call& call, const v1::SearchJournalRequest& request)
          -> absl::StatusOr<v1::SearchJournalResponse> {
        ASSIGN_OR_RETURN(mysql::Connection * connection, call.database().Acquire());
        return search.Find(*connection, call.scope(), request);
      });
}

}  // namespace qinglian::journal
