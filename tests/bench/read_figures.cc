// Point reads through a service against the same SELECT in a loop.
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/record/record.h"
#include "qinglian/organization/v1/organization_service.pb.h"
#include "tests/bench/backend.h"
#include "tests/bench/bare.h"
#include "tests/bench/bench.h"
#include "tests/bench/folder.h"
#include "tests/bench/gets.h"
#include "tests/bench/house.h"
#include "tests/bench/load.h"
#include "tests/bench/process.h"

namespace qinglian::bench {
namespace {

namespace organization = qinglian::organization::v1;

const record::Plan& Plan() { return record::Plan::Of(organization::Organization::descriptor()); }

// The SELECT of the service, its statement prepared once, its row taken from the driver.
BareLoop::Step BareGet(const mysql::Options& database, const std::vector<std::string>& ids,
                       int thread) {
  struct State {
    std::unique_ptr<sql::Connection> connection;
    std::unique_ptr<sql::PreparedStatement> statement;
    std::minstd_rand random;
  };
  auto state = std::make_shared<State>();
  state->connection = OpenBare(database);
  state->statement.reset(state->connection->prepareStatement(
      absl::StrCat("SELECT ", Plan().select_list(), " FROM ", Plan().table(), " WHERE id = ?")));
  state->random.seed(static_cast<unsigned>(thread + 2));
  return [state, &ids, columns = static_cast<unsigned>(Plan().columns().size())] {
    const std::string& id = ids[state->random() % ids.size()];
    state->statement->setString(1, sql::SQLString(id.data(), id.size()));
    const std::unique_ptr<sql::ResultSet> rows(state->statement->executeQuery());
    if (!rows->next() || TakeRow(*rows, columns) == 0) Fail("a bare SELECT found nothing");
  };
}

void RunThroughput(const Settings& settings, Report& report) {
  House house(UsualOrganizations(settings));
  const std::vector<std::string> ids = Ids(house);
  const std::vector<pid_t> watched = house.workers();
  const auto run = [&](const std::string& name, int callers, int threads) {
    if (!report.Wants(name)) return;
    Load service(Gets(house, ids, callers));
    BareLoop bare(threads, [&](int thread) { return BareGet(house.database(), ids, thread); });
    for (int i = 0; i < settings.rounds; ++i) {
      const auto [served, selected] = Alternate(
          settings.window, [&](absl::Duration time) { return Measure(service, time, watched); },
          [&](absl::Duration time) { return Measure(bare, time, watched); });
      Note(absl::StrCat(name, ": through the service ", Describe(served), "; bare ",
                        Describe(selected), "; by processor time ", ByProcessor(served, selected)));
      report.Add(name, served.rate() / selected.rate(), "ratio");
    }
  };
  run("read_throughput_8", 8, 8);
  run("read_throughput_64", 64, 16);
}

void RunLatency(const Settings& settings, Report& report) {
  House house(UsualOrganizations(settings));
  const std::vector<std::string> ids = Ids(house);
  const Folder folder;
  const int port = FreePort();
  const Process backend({"/proc/self/exe", kBackendCommand, std::to_string(port)},
                        folder / "backend.log");
  AwaitPort(port);
  Load service(Gets(house, ids, 1));
  Load empty({.address = absl::StrCat("127.0.0.1:", port),
              .method = kEmptyMethod,
              .request = [] { return ToBytes(organization::GetOrganizationRequest()); },
              .callers = 1,
              .answer_bytes = 0});
  BareLoop bare(1, [&](int thread) { return BareGet(house.database(), ids, thread); });
  for (int i = 0; i < settings.rounds; ++i) {
    // Short turns: all three meet the same machine.
    constexpr int kTurns = 8;
    for (int turn = 0; turn < kTurns; ++turn) {
      Measure(service, settings.window / kTurns);
      Measure(empty, settings.window / kTurns);
      Measure(bare, settings.window / kTurns);
    }
    const double get = Quantile(service.TakeLatencies(), 0.5);
    const double call = Quantile(empty.TakeLatencies(), 0.5);
    const double select = Quantile(bare.TakeLatencies(), 0.5);
    Note(absl::StrCat("read_latency: ", static_cast<int>(get * 1e6),
                      " us through the service; an empty call ", static_cast<int>(call * 1e6),
                      " us, a bare SELECT ", static_cast<int>(select * 1e6), " us"));
    report.Add("read_latency", get / (call + select), "ratio");
  }
}

}  // namespace

Group ReadFigures() { return {{"read_throughput_8", "read_throughput_64"}, RunThroughput}; }

Group LatencyFigures() { return {{"read_latency"}, RunLatency}; }

}  // namespace qinglian::bench
