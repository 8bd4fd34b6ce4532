// The metrics that each process serves, as whoever scrapes it sees them: their names, types and
// labels are part of the contract, for dashboards and alarms live on them.
//
// Where one is added or changed on purpose: QINGLIAN_TEST_RENEW_GOLDEN=1 writes the lists and
// deploy/metrics.md anew.

// Under AddressSanitizer GCC 12 takes parts of <regex> for uninitialized (GCC bug 105562).
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <map>
#include <regex>
#include <set>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "absl/time/clock.h"
#include "tests/support/demonstration.h"
#include "tests/support/system.h"

namespace qinglian::test {
namespace {

using testing::Contains;
using testing::IsEmpty;
using testing::IsSubsetOf;
using Lines = std::set<std::string>;

std::string SourcePath(const std::string& path) {
  return absl::StrCat(QINGLIAN_SOURCE_DIR, "/", path);
}
std::string GoldenPath(const std::string& process) {
  return SourcePath(absl::StrCat("tests/contract/metrics/golden/", process, ".txt"));
}

std::string Read(const std::string& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}
Lines ReadLines(const std::string& path) {
  const std::vector<std::string> lines = absl::StrSplit(Read(path), '\n', absl::SkipEmpty());
  return {lines.begin(), lines.end()};
}

// The names of the labels of a sample, such as `name{a="1",b="2"} 3`.
Lines LabelsOf(const std::string& sample) {
  static const std::regex label(R"re([{,]([a-z_]+)="(?:[^"\\]|\\.)*")re");
  Lines labels;
  for (std::sregex_iterator it(sample.begin(), sample.end(), label), end; it != end; ++it) {
    labels.insert((*it)[1]);
  }
  return labels;
}

// One line a metric, "gauge risk_points{division,grade,state}", its labels sorted; `le` is of every
// histogram.
Lines Describe(const std::string& exposition) {
  std::map<std::string, std::string> types;
  std::map<std::string, Lines> labels;
  std::string name;
  for (const auto& line : absl::StrSplit(exposition, '\n', absl::SkipEmpty())) {
    const std::vector<std::string> words = absl::StrSplit(line, ' ');
    if (words[0] == "#" && words[1] == "TYPE") {
      name = words[2];
      types[name] = words[3];
    } else if (words[0] != "#") {
      labels[name].merge(LabelsOf(std::string(line)));
    }
  }
  Lines lines;
  for (const auto& [metric, type] : types) {
    labels[metric].erase("le");
    lines.insert(absl::StrCat(
        type, " ", metric,
        labels[metric].empty() ? "" : absl::StrCat("{", absl::StrJoin(labels[metric], ","), "}")));
  }
  return lines;
}

// What the processes say a metric is.
std::map<std::string, std::string> HelpOf(const std::string& exposition) {
  std::map<std::string, std::string> help;
  for (const auto& line : absl::StrSplit(exposition, '\n', absl::SkipEmpty())) {
    const std::vector<std::string> words = absl::StrSplit(line, absl::MaxSplits(' ', 3));
    if (words.size() == 4 && words[0] == "#" && words[1] == "HELP") help[words[2]] = words[3];
  }
  return help;
}

constexpr char kTableHead[] =
    "# All metrics\n\nWhat the processes of Qinglian serve at `/metrics`, as they say it "
    "themselves. "
    "Written by `tests/contract/metrics`, not by hand.\n"
    "Names are `<area>_<noun>_<unit>`, counters end in `_total`; label values are bounded, and "
    "never an id, a name of an\norganization or anything personal. A metric counted from the "
    "database "
    "is at most a minute old, a median ten.\n\n"
    "| metric | type | labels | served by | what |\n|---|---|---|---|---|\n";

// The names in a golden list.
Lines Names(const Lines& described) {
  Lines names;
  for (const std::string& line : described) {
    const std::string name = line.substr(line.find(' ') + 1);
    names.insert(name.substr(0, name.find('{')));
  }
  return names;
}

// The metrics that a README has in the tables of its section on them.
Lines Documented(const std::string& path) {
  static const std::regex row("^\\| `([a-z_]+)");
  Lines names;
  bool within = false;
  for (const auto& piece : absl::StrSplit(Read(path), '\n')) {
    const std::string line(piece);
    if (line.starts_with("## ")) within = line == "## Metrics";
    std::smatch match;
    if (within && std::regex_search(line, match, row)) names.insert(match[1]);
  }
  return names;
}

// What `promtool check metrics` has to say against an exposition.
std::string Promtool(const std::string& exposition) {
  char path[] = "/tmp/qinglian-metrics-XXXXXX";
  const int fd = mkstemp(path);
  EXPECT_EQ(write(fd, exposition.data(), exposition.size()),
            static_cast<ssize_t>(exposition.size()));
  close(fd);
  FILE* pipe = popen(absl::StrCat("promtool check metrics 2>&1 <", path).c_str(), "r");
  std::string said;
  char buffer[4096];
  while (size_t size = fread(buffer, 1, sizeof buffer, pipe)) said.append(buffer, size);
  const int status = pclose(pipe);
  std::remove(path);
  return status == 0 ? said : absl::StrCat(said, "exit code ", WEXITSTATUS(status));
}

// A system in which the year of the demonstration was played, and every count was made since.
class Metrics : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    system_ = new System(System::AllServices());
    const absl::Status told = TellDemonstration(*system_, system_->channel());
    ASSERT_TRUE(told.ok()) << told;
    LeaveSomethingOverdue();
    LeaveSomethingSealed();
    // Counts are made at the start and once a minute.
    for (const std::string& service : System::AllServices()) {
      system_->Stop(service, SIGTERM);
      system_->Start(service);
    }
  }
  static void TearDownTestSuite() { delete system_; }

  // To be counted, not to be opened.
  static void LeaveSomethingSealed() {
    system_->database("organization")
        .Run(
            "INSERT INTO sealed_values SELECT 'persons', id, 'identity_number', 1, 1, '', '', "
            "UNHEX(REPEAT('00', 32)) FROM persons LIMIT 1");
  }

  // A metric that counts nothing shows no labels, and the year leaves some of them at that.
  static void LeaveSomethingOverdue() {
    system_->database("risk").Run(
        "UPDATE risk_points SET state = 'STATE_ACTIVE', review_due_date = '2025-01-02' LIMIT 1; "
        "UPDATE controls SET state = 'STATE_PLANNED', due_date = '2025-01-02' LIMIT 1");
    system_->database("supervision")
        .Run(
            "UPDATE supervision_cases SET state = 'STATE_RECEIVED', accept_due_date = '2025-01-02' "
            "WHERE state <> 'STATE_CLOSED' LIMIT 1; UPDATE rectification_items SET state = "
            "'STATE_IN_PROGRESS', deadline = '2025-01-02' WHERE state <> 'STATE_CLOSED_OUT' LIMIT "
            "1");
    system_->database("review").Run(
        "UPDATE objections SET state = 'STATE_ADMITTED', decide_due_date = '2025-01-02' LIMIT 1");
  }

  static std::vector<std::string> Processes() {
    std::vector<std::string> processes = System::AllServices();
    processes.push_back("gateway");
    return processes;
  }

  static System* system_;
};

System* Metrics::system_ = nullptr;

TEST_F(Metrics, OfEveryProcessAreThoseOfItsGoldenList) {
  for (const std::string& process : Processes()) {
    const Lines golden = ReadLines(GoldenPath(process));
    Lines served;
    for (int tries = 0; tries < 100; ++tries) {
      served = Describe(system_->Metrics(process));
      if (served == golden) break;
      absl::SleepFor(absl::Milliseconds(100));
    }
    if (std::getenv("QINGLIAN_TEST_RENEW_GOLDEN") != nullptr) {
      std::ofstream(GoldenPath(process)) << absl::StrJoin(served, "\n") << "\n";
    }
    EXPECT_EQ(absl::StrJoin(served, "\n"), absl::StrJoin(golden, "\n")) << process;
  }
}

TEST_F(Metrics, StandInTheTableOfAllMetricsAsTheyAreServed) {
  std::map<std::string, std::vector<std::string>> servers;  // by the line of a golden list
  std::map<std::string, std::string> help;
  for (const std::string& process : Processes()) {
    const std::string exposition = system_->Metrics(process);
    help.merge(HelpOf(exposition));
    for (const std::string& line : ReadLines(GoldenPath(process))) servers[line].push_back(process);
  }
  Lines rows;
  for (const auto& [line, processes] : servers) {
    const std::string name = line.substr(line.find(' ') + 1, line.find('{') - line.find(' ') - 1);
    const size_t labels = line.find('{');
    EXPECT_NE(help[name], "") << name;
    rows.insert(absl::StrCat(
        "| `", name, "` | ", line.substr(0, line.find(' ')), " | ",
        labels == line.npos
            ? ""
            : absl::StrReplaceAll(line.substr(labels + 1, line.size() - labels - 2), {{",", ", "}}),
        " | ", absl::StrJoin(processes, ", "), " | ", help[name], " |"));
  }
  const std::string table = absl::StrCat(kTableHead, absl::StrJoin(rows, "\n"), "\n");
  const std::string path = SourcePath("deploy/metrics.md");
  if (std::getenv("QINGLIAN_TEST_RENEW_GOLDEN") != nullptr) std::ofstream(path) << table;
  EXPECT_EQ(table, Read(path));
}

TEST_F(Metrics, PassPromtool) {
  for (const std::string& process : Processes()) {
    EXPECT_EQ(Promtool(system_->Metrics(process)), "") << process;
  }
}

TEST_F(Metrics, HaveAReadmeThatNamesThemAndNoOthers) {
  const Lines frame = Documented(SourcePath("common/serving/README.md"));
  ASSERT_THAT(frame, Contains("rpc_server_requests_total"));
  for (const std::string& process : Processes()) {
    const Lines names = Names(ReadLines(GoldenPath(process)));
    const Lines own = Documented(SourcePath(absl::StrCat("services/", process, "/README.md")));
    EXPECT_THAT(own, IsSubsetOf(names)) << process;
    Lines missing;
    for (const std::string& name : names) {
      if (own.count(name) == 0 && frame.count(name) == 0) missing.insert(name);
    }
    EXPECT_THAT(missing, IsEmpty()) << process;
  }
}

TEST_F(Metrics, CountTheTroublesOfBackgroundSessionsToo) {
  const auto reconnects = [] {
    static const std::regex line("database_reconnects_total ([0-9]+)");
    const std::string served = system_->Metrics("risk");
    std::smatch match;
    return std::regex_search(served, match, line) ? std::stoi(match[1]) : -1;
  };
  const int before = reconnects();
  ASSERT_GE(before, 0);
  // Nobody calls: what connects again are the sequencer, the tail of the feed, and the followers of
  // two feeds.
  const auto connection = system_->database("risk").Open();
  auto ids = connection->Query(
      "SELECT id FROM information_schema.processlist WHERE db = DATABASE() AND id <> "
      "CONNECTION_ID()");
  ASSERT_TRUE(ids.ok()) << ids.status();
  while (ids->Next()) (void)connection->Run(absl::StrCat("KILL ", ids->Int(0)));
  const absl::Time until = absl::Now() + absl::Seconds(60);
  while (reconnects() < before + 4 && absl::Now() < until) absl::SleepFor(absl::Milliseconds(100));
  EXPECT_GE(reconnects(), before + 4);
}

}  // namespace
}  // namespace qinglian::test
