// The change feed: how fast a follower gets what happened, and how soon.
#include <algorithm>
#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/rpc/channel.h"
#include "qinglian/journal/v1/journal.pb.h"
#include "tests/bench/bare.h"
#include "tests/bench/bench.h"
#include "tests/bench/creates.h"
#include "tests/bench/house.h"
#include "tests/bench/load.h"
#include "tests/bench/process.h"
#include "tests/support/identity.h"

namespace qinglian::bench {
namespace {

using journal::v1::WatchChangesRequest;
using journal::v1::WatchChangesResponse;
using Stream = rpc::ServerStreamClient<WatchChangesRequest, WatchChangesResponse>;

constexpr char kWatch[] = "/qinglian.organization.v1.JournalService/WatchChanges";
constexpr int kCallers = 16;
// As many rows at a time as the service reads.
constexpr int kPage = 500;

std::unique_ptr<Stream> Watch(const std::shared_ptr<grpc::Channel>& channel,
                              const WatchChangesRequest& request) {
  rpc::CallOptions options = test::CallAs("services/bench");
  options.timeout = absl::InfiniteDuration();
  return std::make_unique<Stream>(channel, kWatch, request, options);
}

// Follows from the beginning through `last`; how many changes came.
int64_t Follow(const std::shared_ptr<grpc::Channel>& channel, uint64_t last) {
  const auto stream = Watch(channel, {});
  WatchChangesResponse response;
  int64_t changes = 0;
  while (response.through() < last) {
    if (!stream->Read(&response))
      Fail("the feed ended: " + std::string(stream->Finish().message()));
    changes += response.changes_size();
  }
  stream->Cancel();
  return changes;
}

// The columns that a change consists of, by position, a page at a time.
int64_t Select(sql::PreparedStatement& statement) {
  int64_t changes = 0;
  uint64_t after = 0;
  while (true) {
    statement.setUInt64(1, after);
    statement.setInt(2, kPage);
    const std::unique_ptr<sql::ResultSet> rows(statement.executeQuery());
    const unsigned columns = rows->getMetaData()->getColumnCount();
    if (rows->rowsCount() == 0) return changes;
    while (rows->next()) {
      after = rows->getUInt64(1);
      TakeRow(*rows, columns);
      ++changes;
    }
  }
}

// Does a thing that yields changes again and again until the time is up.
template <class Pass>
Sample Repeat(absl::Duration time, const std::vector<pid_t>& watched, Pass&& pass) {
  Sample sample;
  std::vector<double> before;
  for (const pid_t pid : watched) before.push_back(CpuSeconds(pid));
  const absl::Time begin = absl::Now();
  do {
    sample.count += static_cast<double>(pass());
  } while (absl::Now() - begin < time);
  sample.seconds = absl::ToDoubleSeconds(absl::Now() - begin);
  for (size_t i = 0; i < watched.size(); ++i)
    sample.cpu.push_back(CpuSeconds(watched[i]) - before[i]);
  return sample;
}

uint64_t AwaitHead(sql::Connection& connection, uint64_t rows) {
  const std::unique_ptr<sql::PreparedStatement> head(
      connection.prepareStatement("SELECT head_position FROM journal_lease"));
  while (true) {
    const std::unique_ptr<sql::ResultSet> found(head->executeQuery());
    if (found->next() && found->getUInt64(1) >= rows) return found->getUInt64(1);
    absl::SleepFor(absl::Milliseconds(20));
  }
}

void RunThroughput(const Settings& settings, Report& report) {
  const int organizations = settings.smoke ? 200 : 20'000;
  House house(organizations);
  const auto connection = OpenBare(house.database());
  const uint64_t last = AwaitHead(*connection, static_cast<uint64_t>(organizations));
  const std::unique_ptr<sql::PreparedStatement> select(
      connection->prepareStatement("SELECT p.position, j.time, j.actor, j.acting_for, j.client, "
                                   "j.method, j.request_id, j.resource, j.version, "
                                   "j.kind, j.operation, j.organization, j.after, "
                                   "j.changed_fields, j.reason, j.cause_service, j.cause_position, "
                                   "j.trace_id FROM journal_position p JOIN journal j ON j.id = "
                                   "p.journal_id WHERE p.position > ? "
                                   "ORDER BY p.position LIMIT ?"));
  const auto channel = rpc::Connect(house.address());
  Follow(channel, last);
  const std::vector<pid_t> watched = house.workers();
  for (int i = 0; i < settings.rounds; ++i) {
    const auto [followed, selected] = Alternate(
        settings.window,
        [&](absl::Duration time) {
          return Repeat(time, watched, [&] { return Follow(channel, last); });
        },
        [&](absl::Duration time) {
          return Repeat(time, watched, [&] { return Select(*select); });
        });
    Note(absl::StrCat("feed_throughput: to a follower ", Describe(followed), "; bare ",
                      Describe(selected), "; by processor time ", ByProcessor(followed, selected)));
    report.Add("feed_throughput", followed.rate() / selected.rate(), "ratio");
  }
}

// When each resource's change came to the follower, and when its creator had the answer.
class Arrivals {
 public:
  explicit Arrivals(const std::string& address)
      : channel_(rpc::Connect(address, {.own_connections = true})) {
    WatchChangesRequest request;
    request.set_now(true);
    stream_ = Watch(channel_, request);
    thread_ = std::thread([this] {
      WatchChangesResponse response;
      while (stream_->Read(&response)) {
        const absl::Time now = absl::Now();
        const std::lock_guard lock(mutex_);
        began_ = true;
        for (const auto& change : response.changes()) delivered_[change.resource()] = now;
      }
    });
  }
  ~Arrivals() {
    stream_->Cancel();
    thread_.join();
  }

  bool began() {
    const std::lock_guard lock(mutex_);
    return began_;
  }
  void Answered(const std::string& resource) {
    const absl::Time now = absl::Now();
    const std::lock_guard lock(mutex_);
    answered_[resource] = now;
  }
  void Forget() {
    const std::lock_guard lock(mutex_);
    answered_.clear();
    delivered_.clear();
  }
  // From the answer to the delivery, in milliseconds; zero where the delivery came first. Forgets
  // all.
  std::vector<double> TakeLags() {
    const std::lock_guard lock(mutex_);
    std::vector<double> lags;
    for (const auto& [resource, answered] : answered_) {
      const auto delivered = delivered_.find(resource);
      if (delivered == delivered_.end()) Fail("a change was not delivered");
      lags.push_back(std::max(0.0, absl::ToDoubleMilliseconds(delivered->second - answered)));
    }
    answered_.clear();
    delivered_.clear();
    return lags;
  }

 private:
  const std::shared_ptr<grpc::Channel> channel_;
  std::unique_ptr<Stream> stream_;
  std::mutex mutex_;
  bool began_ = false;
  std::map<std::string, absl::Time> delivered_, answered_;
  std::thread thread_;
};

// Creates at a steady rate from many callers, each waiting for its answer.
void CreateSteadily(const std::string& address, const Creates& creates, double rate,
                    absl::Duration time, Arrivals& arrivals) {
  const absl::Time begin = absl::Now();
  std::vector<std::thread> callers;
  for (int i = 0; i < kCallers; ++i) {
    callers.emplace_back([&, i] {
      const auto channel = rpc::Connect(address);
      std::minstd_rand random(static_cast<unsigned>(i + 1));
      const rpc::CallOptions options = test::CallAs(kCaller);
      for (int n = i; absl::Now() < begin + time; n += kCallers) {
        absl::SleepFor(begin + absl::Seconds(n / rate) - absl::Now());
        const auto created = rpc::Invoke<organization::v1::CreateOrganizationRequest,
                                         organization::v1::Organization>(
            *channel, kCreate, creates.Next(static_cast<unsigned>(random())), options);
        if (!created.ok()) Fail("a create failed: " + std::string(created.status().message()));
        arrivals.Answered(created->name());
      }
    });
  }
  for (std::thread& caller : callers) caller.join();
}

void RunLag(const Settings& settings, Report& report) {
  House house(UsualOrganizations(settings));
  const Creates creates(house);
  double most;
  {
    Load full(creates.Through(house.address(), kCallers));
    most = Measure(full, settings.window).rate();
  }
  Arrivals arrivals(house.address());
  // A heartbeat or a change says that the stream is served; until then nothing would come.
  for (int i = 0; !arrivals.began(); ++i) {
    CreateSteadily(house.address(), creates, most / 2, absl::Milliseconds(200), arrivals);
    if (i == 50) Fail("the feed does not begin");
  }
  absl::SleepFor(absl::Seconds(1));
  arrivals.Forget();
  for (int i = 0; i < settings.rounds; ++i) {
    CreateSteadily(house.address(), creates, most / 2, settings.window, arrivals);
    absl::SleepFor(absl::Seconds(1));
    const std::vector<double> lags = arrivals.TakeLags();
    Note(absl::StrCat("feed_lag_p99: ", lags.size(), " changes at ", static_cast<int>(most / 2),
                      "/s, half of them within ", Quantile(lags, 0.5), " ms"));
    report.Add("feed_lag_p99", Quantile(lags, 0.99), "ms");
  }
}

}  // namespace

Group FeedFigures() { return {{"feed_throughput"}, RunThroughput}; }

Group LagFigures() { return {{"feed_lag_p99"}, RunLag}; }

}  // namespace qinglian::bench
