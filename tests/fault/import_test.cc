// An import whose service dies under it, several times: it goes on by itself where the service is
// back soon, the same command goes on where it gave up, and every row comes in once. So does an
// export, and every row goes out once.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <system_error>
#include <thread>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "tests/flow/ctl/qlctl.h"
#include "tests/support/system.h"

namespace qinglian::test {
namespace {

using testing::HasSubstr;

constexpr int kDeaths = 3;

// How many rows: few on the short tour.
int Rows() {
  const char* rows = std::getenv("QINGLIAN_TEST_ROWS");
  int count = 0;
  return rows != nullptr && absl::SimpleAtoi(rows, &count) ? count : 3'000;
}

class InterruptedImport : public testing::Test {
 protected:
  InterruptedImport() {
    const std::string data = absl::StrCat(QINGLIAN_SOURCE_DIR, "/tests/flow/year/");
    EXPECT_EQ(Ctl({"import", "divisions", data + "divisions.csv"}).code, 0);
  }

  Said Ctl(std::vector<std::string> arguments) {
    return Qlctl(system_.CtlFlags(), std::move(arguments));
  }

  // A file in which each row lies below an earlier one.
  void WriteOrganizations(int rows) const {
    std::ofstream file(path_);
    file << "source,external_id,name,kind,division,level,superior\n";
    for (int i = 0; i < rows; ++i) {
      file << "fault," << i << ",单位" << i << ",COURT,33,PROVINCE,";
      if (i > 0) file << i / 100;
      file << "\n";
    }
  }

  // All of the one organization.
  void WritePersons(int rows) const {
    std::ofstream file(path_);
    file << "staff_number,name,organization_source,organization,employment,post,rank,head_count\n";
    for (int i = 0; i < rows; ++i) {
      file << "F-" << i << ",某示例,fault,0,EMPLOYED,岗位" << i / 10 << ",STAFF,10\n";
    }
  }

  // Fails where a row is there already: one that came in twice would be refused.
  Said Import(const std::string& what) {
    return Ctl({"import", what, path_, "--on_conflict=fail"});
  }

  // How many batches were answered; 0 where no import is under way.
  int Batches() const {
    std::ifstream file(path_ + ".progress");
    int batches = 0;
    for (std::string line; std::getline(file, line);)
      batches += absl::StartsWith(line, "through") ? 1 : 0;
    return batches;
  }

  // Kills the service when the import has come further than it had. False where it had ended.
  bool KillAsItGoesOn(const std::atomic<bool>& ended) {
    const int before = Batches();
    while (!ended && Batches() <= before) absl::SleepFor(absl::Milliseconds(2));
    system_.Stop("organization", SIGKILL);
    return !ended;
  }

  // Imports by two commands. Under the first the service dies and stays dead, so that it gives up;
  // under the second it dies several times and is back soon. Answers what the second said.
  Said ImportThroughDeaths(const std::string& what) {
    Said said;
    std::atomic<bool> ended = false;
    const auto begin = [&] {
      ended = false;
      return std::thread([&] {
        said = Import(what);
        ended = true;
      });
    };
    std::thread first = begin();
    EXPECT_TRUE(KillAsItGoesOn(ended)) << "the import was never interrupted";
    first.join();
    EXPECT_EQ(said.code, 1) << said.err;
    EXPECT_THAT(said.err, HasSubstr("the same command goes on from there"));
    system_.Start("organization");
    std::thread second = begin();
    for (int death = 0; death < kDeaths && !ended; ++death) {
      KillAsItGoesOn(ended);
      system_.Start("organization");
    }
    second.join();
    EXPECT_THAT(said.err, HasSubstr("goes on after line"));
    return said;
  }

  int64_t Value(const std::string& sql) {
    int64_t value = -1;
    EXPECT_TRUE(absl::SimpleAtoi(system_.database("organization").Value(sql), &value)) << sql;
    return value;
  }

  System system_{{"organization"}};
  const std::string path_ = system_.folder() + "/rows.csv";
};

TEST_F(InterruptedImport, BringsEveryOrganizationInOnce) {
  const int rows = Rows();
  WriteOrganizations(rows);
  const Said said = ImportThroughDeaths("organizations");
  EXPECT_EQ(said.code, 0) << said.err;
  EXPECT_EQ(said.out,
            absl::StrCat("organizations: ", rows, " created, 0 updated, 0 unchanged, 0 refused\n"));
  EXPECT_FALSE(std::filesystem::exists(path_ + ".progress"));
  EXPECT_EQ(Value("SELECT COUNT(*) FROM organizations"), rows);
  EXPECT_EQ(Value("SELECT COUNT(*) FROM organization_identifiers WHERE source = 'fault'"), rows);
  const std::string changes =
      "FROM journal WHERE kind = 'qinglian.organization.v1.Organization' AND operation = "
      "'OPERATION_CREATED'";
  EXPECT_EQ(Value("SELECT COUNT(*) " + changes), rows);
  EXPECT_EQ(Value("SELECT COUNT(DISTINCT resource) " + changes), rows);
  EXPECT_EQ(Value("SELECT COUNT(*) FROM journal WHERE kind = "
                  "'qinglian.organization.v1.Organization' AND operation <> 'OPERATION_CREATED'"),
            0);
}

TEST_F(InterruptedImport, BringsEveryPersonInOnce) {
  WriteOrganizations(1);
  ASSERT_EQ(Import("organizations").code, 0);
  const int rows = Rows();
  WritePersons(rows);
  const Said said = ImportThroughDeaths("persons");
  EXPECT_EQ(said.code, 0) << said.err;
  EXPECT_EQ(said.out,
            absl::StrCat("persons: ", rows, " created, 0 updated, 0 unchanged, 0 refused\n"));
  EXPECT_EQ(Value("SELECT COUNT(*) FROM persons"), rows);
  EXPECT_EQ(Value("SELECT COUNT(*) FROM assignments"), rows);
  EXPECT_EQ(Value("SELECT COUNT(*) FROM posts"), (rows + 9) / 10);
  for (const char* kind : {"Person", "Assignment"}) {
    EXPECT_EQ(Value(absl::StrCat("SELECT COUNT(*) FROM journal WHERE kind = "
                                 "'qinglian.organization.v1.",
                                 kind, "' AND method LIKE '%/ImportPersons'")),
              rows)
        << kind;
  }
}

class InterruptedExport : public InterruptedImport {
 protected:
  Said Export(const std::string& path) { return Ctl({"export", "persons", path}); }

  // Exports while the service dies several times, each time when more had arrived.
  Said ExportThroughDeaths(const std::string& path) {
    Said said;
    std::atomic<bool> ended = false;
    std::thread exporting([&] {
      said = Export(path);
      ended = true;
    });
    uintmax_t arrived = 0;
    for (int death = 0; death < kDeaths && !ended; ++death) {
      const uintmax_t before = arrived;
      while (!ended && arrived <= before) {
        absl::SleepFor(absl::Milliseconds(1));
        std::error_code none;
        const uintmax_t size = std::filesystem::file_size(path + ".new", none);
        if (!none) arrived = size;
      }
      EXPECT_TRUE(death > 0 || !ended) << "the export was never interrupted";
      system_.Stop("organization", SIGKILL);
      system_.Start("organization");
    }
    exporting.join();
    return said;
  }
};

TEST_F(InterruptedExport, IsTheSameAsOneThatNothingInterrupted) {
  WriteOrganizations(1);
  ASSERT_EQ(Import("organizations").code, 0);
  WritePersons(Rows());
  ASSERT_EQ(Import("persons").code, 0);
  const std::string whole = system_.folder() + "/whole.csv", broken = system_.folder() + "/b.csv";
  ASSERT_EQ(Export(whole).code, 0);
  const Said said = ExportThroughDeaths(broken);
  EXPECT_EQ(said.code, 0) << said.err;
  EXPECT_EQ(said.out, absl::StrCat("persons: ", Rows(), " rows\n"));
  std::ifstream one(whole), other(broken);
  const std::string expected{std::istreambuf_iterator<char>(one), {}};
  const std::string found{std::istreambuf_iterator<char>(other), {}};
  EXPECT_FALSE(expected.empty());
  EXPECT_TRUE(found == expected) << found.size() << " bytes instead of " << expected.size();
}

}  // namespace
}  // namespace qinglian::test
