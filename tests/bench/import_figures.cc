// An import of organizations from end to end against LOAD DATA LOCAL of the rows that it makes.
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "tests/bench/bare.h"
#include "tests/bench/bench.h"
#include "tests/bench/folder.h"
#include "tests/bench/house.h"
#include "tests/bench/loads.h"
#include "tests/bench/process.h"
#include "tests/bench/sibling.h"

namespace qinglian::bench {
namespace {

void Run(const Settings& settings, Report& report) {
  const int rows = settings.smoke ? 300 : 15'000;
  House house(UsualOrganizations(settings));
  const Sibling sibling(house.database());
  const auto own = OpenBare(house.database());
  const auto other = OpenBare(sibling.options(), true);
  RunBare(*own, "SET GLOBAL local_infile = 1");
  const Folder folder;
  for (int i = 0; i < settings.rounds; ++i) {
    const std::string source = absl::StrCat("round", i);
    const std::string csv = house.WriteCsv(source, rows);
    const absl::Time begin = absl::Now();
    house.Import(csv);
    const absl::Duration imported = absl::Now() - begin;
    AwaitSequenced(*own);
    DumpImported(*own, source, folder);
    const absl::Duration loaded = LoadAll(*other, folder);
    CheckLoaded(*own, *other);
    Note(absl::StrCat("import_throughput: ", rows, " organizations imported in ",
                      absl::FormatDuration(imported), ", loaded in ",
                      absl::FormatDuration(loaded)));
    report.Add("import_throughput", absl::FDivDuration(loaded, imported), "ratio");
  }
  RunBare(*own, "SET GLOBAL local_infile = 0");
}

}  // namespace

Group ImportFigures() {
  return {{"import_throughput"}, [](const Settings& settings, Report& report) {
            try {
              Run(settings, report);
            } catch (const sql::SQLException& e) {
              Fail(absl::StrCat("a statement failed: ", e.what()));
            }
          }};
}

}  // namespace qinglian::bench
