// How qlctl answers what it was not meant for.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "tests/flow/ctl/qlctl.h"

namespace qinglian::test {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

// Nobody answers here: what is refused is refused before anything is sent.
const std::vector<std::string> kNobody = {"--address=127.0.0.1:1"};

void ExpectMistake(const std::vector<std::string>& arguments) {
  const Said said = Qlctl(kNobody, arguments);
  const std::string typed = absl::StrJoin(arguments, " ");
  EXPECT_EQ(said.code, 2) << typed;
  EXPECT_EQ(said.out, "") << typed;
  EXPECT_THAT(said.err, StartsWith("qlctl: ")) << typed;
  EXPECT_EQ(std::count(said.err.begin(), said.err.end(), '\n'), 1) << typed << "\n" << said.err;
}

TEST(Usage, EveryMistakeIsOneClearLineAndExitCodeTwo) {
  const std::vector<std::vector<std::string>> mistakes = {
      {},
      {"lists"},
      {"get"},
      {"get", "a", "b"},
      {"get", "unicorns/1"},
      {"list", "unicorns"},
      {"list", "organizations", "--output=xml"},
      {"list", "organizations", "--no_such_flag=1"},
      {"history"},
      {"pending", "a", "b"},
      {"watch", "unicorn"},
      {"watch", "risk", "--from=yesterday"},
      {"call"},
      {"call", "NoSuchMethod"},
      {"call", "GetOrganization", "{not json"},
      {"call", "WatchChanges"},
      {"feed"},
      {"feed", "flow"},
      {"feed", "status", "organization"},
      {"feed", "status", "risk", "supervision"},
      {"feed", "quarantine"},
      {"feed", "quarantine", "burn"},
      {"feed", "quarantine", "list", "unicorn"},
      {"feed", "quarantine", "list", "--state=lost"},
      {"feed", "quarantine", "list", "--limit=0"},
      {"feed", "quarantine", "retry", "risk"},
      {"feed", "quarantine", "retry", "risk", "unicorns/1"},
      {"feed", "quarantine", "skip", "risk", "organizations/1", "one", "--reason=x"},
      {"projection"},
      {"projection", "rebuild", "risk"},
      {"projection", "rebuild", "unicorn", "organization"},
      {"import", "unicorns", "file.csv"},
      {"edition", "plan"},
      {"edition", "plan", "/no/such/file.csv"},
      {"edition", "burn", "divisionEditions/1"},
      {"edition", "cancel", "divisionEditions/1"},
      {"journal", "burn"},
      {"journal", "verify", "risk", "--mysql=mysql://a@b/c"},
      {"journal", "renew", "risk", "--mysql=mysql://a@b/c"},
      {"journal", "verify", "risk", "--checkpoint_dir=.", "--without_checkpoints"},
      {"demo", "decade"},
      {"demo", "year"},
      {"administrator", "make"},
      {"administrator", "make", "a", "--organization_address=unix:/nowhere"},
      {"certificate"},
      {"certificate", "issue", "a"},
      {"certificate", "issue", "a", "--ca=/nowhere"},
      {"token", "issue", "DEMO-1"},
      {"token", "issue", "DEMO-1", "--token_key=/nowhere"},
      {"list", "organizations", "--certificate=/nowhere"},
      {"list", "organizations", "--staff_number=DEMO-1"},
      {"list", "organizations", "--token_file=/nowhere"},
      {"summary", "please"},
  };
  for (const auto& arguments : mistakes) ExpectMistake(arguments);
}

TEST(Usage, EveryMistakeOfAnImportOrAnExportIsOneToo) {
  const std::vector<std::vector<std::string>> mistakes = {
      {"import", "persons"},
      {"import", "persons", "/no/such/file.csv"},
      {"import", "persons", "/no/such/file.pb"},
      {"import", "organizations", "file.csv", "--on_conflict=quarrel"},
      {"export"},
      {"export", "unicorns", "file.csv"},
      {"export", "organizations", "file.csv", "--language=latin"},
  };
  for (const auto& arguments : mistakes) ExpectMistake(arguments);
}

TEST(Usage, WhereNobodyAnswersIsOneLineAndExitCodeOne) {
  for (const std::vector<std::string>& arguments :
       std::vector<std::vector<std::string>>{{"list", "organizations", "--timeout=1s"},
                                             {"feed", "quarantine", "list", "--timeout=1s"},
                                             {"health", "--timeout=1s"}}) {
    const Said said = Qlctl(kNobody, arguments);
    EXPECT_EQ(said.code, 1) << arguments[0];
    EXPECT_EQ(std::count(said.err.begin(), said.err.end(), '\n'), 1) << said.err;
  }
}

TEST(Usage, HelpNamesEveryCommandAndEveryFlag) {
  const Said help = Qlctl(kNobody, {"--help"});
  EXPECT_EQ(help.code, 0);
  // A command that is there is not called unknown; one that is not would be.
  int commands = 0;
  for (const auto& line : absl::StrSplit(help.out, '\n')) {
    const std::vector<std::string> words = absl::StrSplit(line, ' ', absl::SkipEmpty());
    if (words.size() < 2 || words[0] != "qlctl" || line[0] != ' ') continue;
    ++commands;
    const Said said = Qlctl(kNobody, {words[1], "--timeout=100ms", "one", "two", "three", "four"});
    EXPECT_THAT(said.err, Not(HasSubstr("there is no command"))) << line;
  }
  EXPECT_GE(commands, 15);
  for (const char* command : {"get NAME",
                              "list COLLECTION",
                              "history NAME",
                              "pending [ORGANIZATION]",
                              "call METHOD",
                              "watch SERVICE",
                              "feed status",
                              "feed quarantine list",
                              "feed quarantine retry",
                              "feed quarantine skip",
                              "projection rebuild",
                              "import divisions|organizations",
                              "journal verify",
                              "journal renew",
                              "administrator make CLIENT",
                              "certificate authority",
                              "token make-key",
                              "demo year",
                              "summary",
                              "health"}) {
    EXPECT_THAT(help.out, HasSubstr(std::string("qlctl ") + command));
  }
  for (const char* flag : {"address",
                           "ca",
                           "certificate",
                           "certificate_key",
                           "token_file",
                           "staff_number",
                           "acting_for",
                           "token_key",
                           "edge_ca",
                           "out",
                           "identity_key_file",
                           "output",
                           "timeout",
                           "filter",
                           "order_by",
                           "subtree",
                           "limit",
                           "from",
                           "state",
                           "reason",
                           "dry_run",
                           "demonstration_clock",
                           "mysql",
                           "checkpoint_dir",
                           "key_file",
                           "without_checkpoints"}) {
    EXPECT_THAT(help.out, HasSubstr(std::string("--") + flag));
  }
}

TEST(Usage, HelpNamesTheFlagsOfImportsAndExports) {
  const Said help = Qlctl(kNobody, {"--help"});
  EXPECT_THAT(help.out, HasSubstr("qlctl import divisions|organizations|persons FILE"));
  EXPECT_THAT(help.out, HasSubstr("qlctl export organizations|persons FILE"));
  for (const char* flag :
       {"on_conflict", "all_or_nothing", "keep_good", "report", "progress", "purpose", "language"})
    EXPECT_THAT(help.out, HasSubstr(std::string("--") + flag));
}

}  // namespace
}  // namespace qinglian::test
