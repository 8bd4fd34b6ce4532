// What the frame serves beside a service under test: its history, the search of its journal and its
// feed, over gRPC on a port of its own.
#ifndef QINGLIAN_TESTS_SUPPORT_JOURNAL_SERVER_H_
#define QINGLIAN_TESTS_SUPPORT_JOURNAL_SERVER_H_

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "common/journal/feed.h"
#include "common/journal/history.h"
#include "common/journal/journal_service.h"
#include "common/journal/search.h"
#include "common/journal/sequencer.h"
#include "common/metrics/metrics.h"
#include "common/rpc/channel.h"
#include "common/rpc/server.h"
#include "gtest/gtest.h"
#include "qinglian/journal/v1/journal.pb.h"
#include "tests/support/identity.h"

namespace qinglian::test {

// Used by one thread.
class JournalServer {
 public:
  // `service`: such as `supervision`. The journal outlives it.
  JournalServer(const std::string& service, journal::Journal& journal,
                const mysql::Options& database, std::vector<journal::SnapshotSource> sources)
      : path_(absl::StrCat("qinglian.", service, ".v1.JournalService")),
        sequencer_(journal, {.database = database, .holder = "test"}),
        feed_(journal,
              {.database = database, .key = std::string(32, 'k'), .sources = std::move(sources)}),
        server_(Options(database), registry_),
        service_(server_.pipeline(), path_) {
    journal::AddJournalMethods(service_, journal, feed_, history_, search_);
    server_.Add(&service_);
    EXPECT_TRUE(server_.Start().ok());
    server_.SetReady(true);
    channel_ = rpc::Connect(absl::StrCat("127.0.0.1:", server_.port()));
  }
  ~JournalServer() {
    feed_.Stop();
    server_.Drain();
  }

  absl::StatusOr<journal::v1::ListHistoryResponse> History(const std::string& name,
                                                           const rpc::CallOptions& caller) {
    journal::v1::ListHistoryRequest request;
    request.set_name(name);
    return rpc::Invoke<journal::v1::ListHistoryRequest, journal::v1::ListHistoryResponse>(
        *channel_, absl::StrCat("/", path_, "/ListHistory"), request, caller);
  }
  absl::StatusOr<journal::v1::SearchJournalResponse> Search(
      const journal::v1::SearchJournalRequest& request, const rpc::CallOptions& caller) {
    return rpc::Invoke<journal::v1::SearchJournalRequest, journal::v1::SearchJournalResponse>(
        *channel_, absl::StrCat("/", path_, "/SearchJournal"), request, caller);
  }

  // All that who watches from the beginning of the journal is told until he hears of `last`, which
  // was written last.
  journal::v1::WatchChangesResponse Told(const std::string& last, const rpc::CallOptions& caller) {
    return Watch({}, caller, [&](const journal::v1::WatchChangesResponse& batch) {
      for (const journal::v1::Change& change : batch.changes()) {
        if (change.resource() == last) return true;
      }
      return false;
    });
  }
  // The whole of a snapshot.
  journal::v1::WatchChangesResponse Snapshot(const rpc::CallOptions& caller) {
    journal::v1::WatchChangesRequest request;
    request.set_snapshot(true);
    return Watch(request, caller, [](const journal::v1::WatchChangesResponse& batch) {
      return batch.snapshot().complete();
    });
  }

 private:
  static rpc::ServerOptions Options(const mysql::Options& database) {
    rpc::ServerOptions options;
    options.pipeline.database = database;
    options.pipeline.identity_keys = IdentityKeys();
    options.drain_wait = absl::ZeroDuration();
    return options;
  }

  template <class Complete>
  journal::v1::WatchChangesResponse Watch(const journal::v1::WatchChangesRequest& request,
                                          rpc::CallOptions caller, Complete complete) {
    caller.timeout = absl::Seconds(30);
    rpc::ServerStreamClient<journal::v1::WatchChangesRequest, journal::v1::WatchChangesResponse>
        stream(channel_, absl::StrCat("/", path_, "/WatchChanges"), request, caller);
    journal::v1::WatchChangesResponse all;
    journal::v1::WatchChangesResponse batch;
    while (stream.Read(&batch)) {
      all.mutable_changes()->MergeFrom(batch.changes());
      if (complete(batch)) return all;
    }
    ADD_FAILURE() << "the stream ended: " << stream.Finish();
    return all;
  }

  const std::string path_;
  journal::Sequencer sequencer_;
  journal::Feed feed_;
  const journal::History history_{"a key of tests"};
  const journal::Search search_{"a key of tests"};
  metrics::Registry registry_{"test", "0"};
  rpc::Server server_;
  rpc::Service service_;
  std::shared_ptr<grpc::Channel> channel_;
};

}  // namespace qinglian::test

#endif  // QINGLIAN_TESTS_SUPPORT_JOURNAL_SERVER_H_
