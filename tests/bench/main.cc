// Measures Qinglian: a line a figure, each ratio with its limit measured in the same run.
#include <algorithm>
#include <cstdio>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/flags/parse.h"
#include "absl/flags/usage.h"
#include "absl/synchronization/mutex.h"
#include "common/mysql/mysql.h"
#include "tests/bench/backend.h"
#include "tests/bench/bench.h"
#include "tests/bench/process.h"

ABSL_FLAG(bool, smoke, false,
          "Whether everything works, not how fast: little data, a fraction of a second each.");
ABSL_FLAG(absl::Duration, window, absl::Seconds(2),
          "How long each side of a ratio runs in a round.");
ABSL_FLAG(bool, nation, false,
          "The figures of a registry of its own size are of the whole country, not of a province; "
          "takes a database with a buffer pool of some gigabytes, and half an hour.");
ABSL_FLAG(int64_t, persons, 0,
          "How many persons a registry of its own size has; 0: as many for an organization as the "
          "country has.");
ABSL_FLAG(int, rounds, 5, "How many rounds the median is of.");

namespace qinglian::bench {
namespace {

std::vector<Group> Groups() {
  return {ReadFigures(),     LatencyFigures(), GatewayFigures(), CreateFigures(),
          ImportFigures(),   FeedFigures(),    LagFigures(),     ProcessFigures(),
          OverloadFigures(), DoorFigures(),    DecideFigures(),  NationFigures()};
}

std::set<std::string> AllNames() {
  std::set<std::string> names;
  for (const Group& group : Groups()) names.insert(group.names.begin(), group.names.end());
  return names;
}

Settings SettingsFromFlags() {
  Settings settings{.window = absl::GetFlag(FLAGS_window), .rounds = absl::GetFlag(FLAGS_rounds)};
  if (absl::GetFlag(FLAGS_smoke))
    settings = {.window = absl::Milliseconds(200), .rounds = 1, .smoke = true};
  if (settings.window < absl::Milliseconds(100) || settings.rounds < 1) {
    Fail("--window is at least 100ms and --rounds at least 1");
  }
  return settings;
}

int Main(int argc, char** argv) {
  // As the services do; the callers measure them, not themselves.
  absl::SetMutexDeadlockDetectionMode(absl::OnDeadlockCycle::kIgnore);
  if (argc == 3 && std::string_view(argv[1]) == kBackendCommand) {
    RunBackend(atoi(argv[2]));
    return 0;
  }
  absl::SetProgramUsageMessage(
      "bench [NAME...] measures these figures, or all of them where none is named");
  const std::vector<char*> words = absl::ParseCommandLine(argc, argv);
  std::set<std::string> wanted(words.begin() + 1, words.end());
  const std::set<std::string> known = AllNames();
  for (const std::string& name : wanted) {
    if (known.count(name) == 0) Fail("there is no figure " + name);
  }
  Settings settings = SettingsFromFlags();
  settings.nation = absl::GetFlag(FLAGS_nation) && !settings.smoke;
  settings.persons = absl::GetFlag(FLAGS_persons);
  mysql::InitializeDriver();
  if (wanted.empty() && settings.nation) {
    const Group nation = NationFigures();
    wanted.insert(nation.names.begin(), nation.names.end());
  }
  Report report(wanted.empty() ? known : wanted);
  for (const Group& group : Groups()) {
    if (std::none_of(group.names.begin(), group.names.end(),
                     [&](const auto& name) { return report.Wants(name); })) {
      continue;
    }
    group.run(settings, report);
    report.Print();
  }
  return 0;
}

}  // namespace
}  // namespace qinglian::bench

int main(int argc, char** argv) { return qinglian::bench::Main(argc, argv); }
