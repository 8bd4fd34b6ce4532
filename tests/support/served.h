// A whole service in the process of a test: its real handlers, a real gRPC server on a free port, a
// schema of its own, and clocks that the test moves.
#ifndef QINGLIAN_TESTS_SUPPORT_SERVED_H_
#define QINGLIAN_TESTS_SUPPORT_SERVED_H_

#include <cstdlib>
#include <functional>
#include <iostream>
#include <memory>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "common/clock/clock.h"
#include "common/clock/fake_clock.h"
#include "common/id/uuid.h"
#include "common/metrics/metrics.h"
#include "common/mysql/migrate.h"
#include "common/rpc/channel.h"
#include "common/rpc/server.h"
#include "common/serving/application.h"
#include "tests/support/database.h"
#include "tests/support/identity.h"

namespace qinglian::test {

// `App` is a serving::Application made from an Environment. Used by the thread of the test; Call
// may be used by many.
template <class App>
class Served {
 public:
  // Serves on a fresh schema with these migrations, with what `adjust` makes of the usual options;
  // business time begins at `now`. Ends the process where it cannot.
  explicit Served(absl::Span<const mysql::Migration> migrations,
                  absl::Time now = absl::FromCivil(absl::CivilSecond(2025, 3, 10, 9, 0, 0),
                                                   absl::FixedTimeZone(8 * 3600)),
                  const std::function<void(rpc::ServerOptions&)>& adjust = {})
      : database_(migrations),
        business_clock_(now),
        journal_({"test", clock::SystemClock::Instance(), business_clock_}),
        tokens_({"a key for the page tokens of tests"}),
        server_(Options(database_.options(), adjust), registry_),
        environment_{server_.pipeline(),
                     journal_,
                     tokens_,
                     clock::SystemClock::Instance(),
                     business_clock_,
                     database_.options(),
                     IdentityKeys()},
        app_(environment_) {
    Check(app_.CheckSchema(*database_.Open()));
    for (rpc::Service* service : app_.services()) server_.Add(service);
    Check(server_.Start());
    server_.SetReady(true);
    channel_ = rpc::Connect(absl::StrCat("127.0.0.1:", server_.port()));
  }

  // What the server calls ends after it.
  ~Served() { server_.Drain(); }

  App& app() { return app_; }
  const TestDatabase& database() const { return database_; }
  journal::Journal& journal() { return journal_; }
  clock::FakeClock& business_clock() { return business_clock_; }

  // Calls a method by its full path as `caller`.
  template <class Response, class Request>
  absl::StatusOr<Response> Call(
      const std::string& method, const Request& request,
      const std::string& caller = "persons/00000000-0000-7000-8000-000000000001") {
    return Call<Response>(method, request, CallAs(caller));
  }
  // The same with what a caller proves.
  template <class Response, class Request>
  absl::StatusOr<Response> Call(const std::string& method, const Request& request,
                                rpc::CallOptions options) {
    options.timeout = absl::Seconds(25);
    return rpc::Invoke<Request, Response>(*channel_, method, request, options);
  }

  std::shared_ptr<grpc::Channel> channel() { return channel_; }

 private:
  static rpc::ServerOptions Options(const mysql::Options& database,
                                    const std::function<void(rpc::ServerOptions&)>& adjust) {
    rpc::ServerOptions options;
    options.pipeline.database = database;
    options.pipeline.identity_keys = IdentityKeys();
    options.drain_wait = absl::ZeroDuration();
    if (adjust) adjust(options);
    return options;
  }

  static void Check(const absl::Status& status) {
    if (status.ok()) return;
    std::cerr << "the service under test does not start: " << status << "\n";
    std::abort();
  }

  TestDatabase database_;
  clock::FakeClock business_clock_;
  journal::Journal journal_;
  const paging::TokenCodec tokens_;
  metrics::Registry registry_{"test", "0"};
  rpc::Server server_;
  const serving::Environment environment_;
  App app_;
  std::shared_ptr<grpc::Channel> channel_;
};

// A new request id.
inline std::string RequestId() { return id::Uuid::NewV4().ToString(); }

}  // namespace qinglian::test

#endif  // QINGLIAN_TESTS_SUPPORT_SERVED_H_
