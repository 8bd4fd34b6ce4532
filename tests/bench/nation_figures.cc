// A registry of its own size: of a province, or with --nation of the whole country.
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/clock.h"
#include "common/access/path.h"
#include "common/record/record.h"
#include "qinglian/organization/v1/organization_service.pb.h"
#include "services/organization/organization_rules.h"
#include "tests/bench/backend.h"
#include "tests/bench/bare.h"
#include "tests/bench/bench.h"
#include "tests/bench/country.h"
#include "tests/bench/gets.h"
#include "tests/bench/loads.h"
#include "tests/bench/nation_move.h"
#include "tests/bench/nation_search.h"
#include "tests/bench/persons.h"
#include "tests/bench/process.h"
#include "tests/bench/sibling.h"

namespace qinglian::bench {
namespace {

namespace v1 = qinglian::organization::v1;
using organization::kPathStep;

constexpr char kService[] = "/qinglian.organization.v1.OrganizationService/";
// Province and country, as the plan has them.
constexpr int kNation = 740'000;
constexpr int64_t kPersonsOfNation = 7'800'000;
// How many organizations the small registry of get_growth has.
constexpr int kFew = 1'000;
// The short turns of two or three workloads in a window, so that all meet the same machine.
constexpr int kTurns = 8;

const record::Plan& Plan() { return record::Plan::Of(v1::Organization::descriptor()); }

std::string NameOf(const std::string& path) {
  return Plan().type().NameOf(path.substr(path.size() - kPathStep));
}

std::string Text(const sql::SQLString& value) { return {value.c_str(), value.length()}; }

std::vector<std::string> AskPaths(const House& house, const std::string& where) {
  const auto connection = OpenBare(house.database());
  const std::unique_ptr<sql::Statement> statement(connection->createStatement());
  const std::unique_ptr<sql::ResultSet> rows(
      statement->executeQuery("SELECT path FROM organizations WHERE " + where));
  std::vector<std::string> paths;
  while (rows->next()) paths.push_back(Text(rows->getString(1)));
  if (paths.empty()) Fail("there are no organizations where " + where);
  return paths;
}

// Calls about one of `paths` after another, in a random order.
template <class Request>
Calls About(const House& house, const char* method, const std::vector<std::string>& paths,
            void (*set)(Request&, const std::string& name)) {
  return {.address = house.address(),
          .method = absl::StrCat(kService, method),
          .request = [&paths, set, random = std::minstd_rand(1)]() mutable {
            Request request;
            set(request, NameOf(paths[random() % paths.size()]));
            return ToBytes(request);
          }};
}

// A loop that asks `statements` with what `values` gives for each, of one of `paths` after another.
BareLoop::Step BareAbout(const mysql::Options& database, const std::vector<std::string>& paths,
                         const std::vector<std::string>& statements,
                         std::vector<std::vector<std::string>> (*values)(const std::string& path)) {
  struct State {
    std::unique_ptr<sql::Connection> connection;
    std::vector<std::unique_ptr<sql::PreparedStatement>> statements;
    std::minstd_rand random{1};
  };
  auto state = std::make_shared<State>();
  state->connection = OpenBare(database);
  for (const std::string& sql : statements)
    state->statements.emplace_back(state->connection->prepareStatement(sql));
  return [state, &paths, values] {
    const auto all = values(paths[state->random() % paths.size()]);
    for (size_t i = 0; i < all.size(); ++i) {
      sql::PreparedStatement& statement = *state->statements[i];
      for (size_t j = 0; j < all[i].size(); ++j) {
        statement.setString(static_cast<unsigned>(j + 1),
                            sql::SQLString(all[i][j].data(), all[i][j].size()));
      }
      const std::unique_ptr<sql::ResultSet> rows(statement.executeQuery());
      const unsigned columns = rows->getMetaData()->getColumnCount();
      while (rows->next()) TakeRow(*rows, columns);
    }
  };
}

// An empty call, whatever it costs here.
class Empty {
 public:
  Empty()
      : port_(FreePort()),
        backend_({"/proc/self/exe", kBackendCommand, std::to_string(port_)},
                 folder_ / "backend.log") {
    AwaitPort(port_);
    load_ = std::make_unique<Load>(
        Calls{.address = absl::StrCat("127.0.0.1:", port_),
              .method = kEmptyMethod,
              .request = [] { return ToBytes(v1::GetOrganizationRequest()); },
              .callers = 1,
              .answer_bytes = 0});
  }
  Load& load() { return *load_; }

 private:
  const Folder folder_;
  const int port_;
  const Process backend_;
  std::unique_ptr<Load> load_;
};

std::string Micros(double seconds) { return absl::StrCat(static_cast<int>(seconds * 1e6), " us"); }

// The median times of workloads that run by turns, for a round.
std::vector<double> Medians(const Settings& settings, const std::vector<Load*>& loads,
                            BareLoop* bare = nullptr) {
  for (int turn = 0; turn < kTurns; ++turn) {
    for (Load* load : loads) Measure(*load, settings.window / kTurns);
    if (bare != nullptr) Measure(*bare, settings.window / kTurns);
  }
  std::vector<double> medians;
  for (Load* load : loads) medians.push_back(Quantile(load->TakeLatencies(), 0.5));
  if (bare != nullptr) medians.push_back(Quantile(bare->TakeLatencies(), 0.5));
  return medians;
}

// A call over the bare SQL and an empty call.
void OverBare(const Settings& settings, Report& report, const std::string& name, Calls calls,
              const BareLoop::Step& step, Empty& empty) {
  if (!report.Wants(name)) return;
  Load load(std::move(calls));
  BareLoop bare(1, [&](int) { return step; });
  for (int i = 0; i < settings.rounds; ++i) {
    const auto medians = Medians(settings, {&load, &empty.load()}, &bare);
    Note(absl::StrCat(name, ": ", Micros(medians[0]), " through the service; an empty call ",
                      Micros(medians[1]), ", bare ", Micros(medians[2])));
    report.Add(name, medians[0] / (medians[1] + medians[2]), "ratio");
  }
}

// One kind of call over another.
void OverOther(const Settings& settings, Report& report, const std::string& name, Calls calls,
               Calls others) {
  if (!report.Wants(name)) return;
  Load load(std::move(calls)), other(std::move(others));
  for (int i = 0; i < settings.rounds; ++i) {
    const auto medians = Medians(settings, {&load, &other});
    Note(absl::StrCat(name, ": ", Micros(medians[0]), " against ", Micros(medians[1])));
    report.Add(name, medians[0] / medians[1], "ratio");
  }
}

// Loads all that there is, and tells what that took.
void LoadHouse(const Settings& settings, House& house, Report& report) {
  const Folder folder;
  const Country country(settings.smoke ? "330106" : settings.nation ? "" : "33");
  country.WriteDivisions(folder / "divisions.csv");
  const int organizations =
      country.WriteOrganizations(folder / "organizations.csv", settings.nation ? kNation : 0);
  const absl::Time begin = absl::Now();
  house.ImportDivisions(folder / "divisions.csv");
  const absl::Duration divided = absl::Now() - begin;
  Note(absl::StrCat("nation_load: ", country.divisions(), " divisions in ",
                    absl::FormatDuration(divided)));
  const auto own = OpenBare(house.database());
  std::unique_ptr<Sibling> sibling;
  if (report.Wants("nation_import")) sibling = std::make_unique<Sibling>(house.database());
  const absl::Time before = absl::Now();
  house.Import(folder / "organizations.csv");
  const absl::Duration imported = absl::Now() - before;
  Note(absl::StrCat("nation_load: ", organizations, " organizations in ",
                    absl::FormatDuration(imported)));
  AwaitSequenced(*own);
  if (sibling != nullptr) {
    RunBare(*own, "SET GLOBAL local_infile = 1");
    const auto other = OpenBare(sibling->options(), true);
    DumpImported(*own, kCountrySource, folder);
    const absl::Duration loaded = LoadAll(*other, folder);
    CheckLoaded(*own, *other);
    Note(absl::StrCat("nation_import: loaded in ", absl::FormatDuration(loaded)));
    report.Add("nation_import", absl::FDivDuration(loaded, imported), "ratio");
  }
  const absl::Time populated = absl::Now();
  const int64_t persons =
      settings.persons > 0 ? settings.persons : kPersonsOfNation * organizations / kNation;
  LoadPersons(house, persons);
  const absl::Duration peopled = absl::Now() - populated;
  Note(absl::StrCat("nation_load: ", persons, " persons with posts and assignments in ",
                    absl::FormatDuration(peopled),
                    ", all but the first by LOAD DATA LOCAL of generated files"));
  report.Add("nation_load", absl::ToDoubleSeconds(divided + imported + peopled), "s");
}

// As though all of it had been there for eleven years; and what was counted is folded.
void Age(House& house) {
  const auto own = OpenBare(house.database());
  RunBare(*own, "UPDATE organization_versions SET valid_from = valid_from - INTERVAL 11 YEAR");
  while (CountOf(*own, "organization_count_changes") > 0) absl::SleepFor(absl::Milliseconds(100));
  RunBare(*own, "UPDATE organization_counts SET day = day - INTERVAL 11 YEAR");
  const std::unique_ptr<sql::Statement> statement(own->createStatement());
  for (const char* table : {"organizations", "organization_versions", "organization_pieces"}) {
    const std::unique_ptr<sql::ResultSet> said(
        statement->executeQuery(absl::StrCat("ANALYZE TABLE ", table)));
    while (said->next()) continue;
  }
}

void RunPages(const Settings& settings, House& house, Report& report, Empty& empty) {
  // Counties, which have townships and organs below them.
  const std::vector<std::string> counties =
      AskPaths(house, "kind = 'KIND_GOVERNMENT' AND level = 'LEVEL_COUNTY'");
  const std::string select =
      absl::StrCat("SELECT ", Plan().select_list(), " FROM organizations WHERE ");
  const std::string page = " AND state = 'STATE_ACTIVE' ORDER BY id LIMIT 51";
  OverBare(settings, report, "children_page",
           About<v1::ListOrganizationsRequest>(house, "ListOrganizations", counties,
                                               [](auto& request, const std::string& name) {
                                                 request.set_filter(
                                                     absl::StrCat("parent = \"", name, "\""));
                                               }),
           BareAbout(house.database(), counties, {select + "parent = ?" + page},
                     [](const std::string& path) -> std::vector<std::vector<std::string>> {
                       return {{path.substr(path.size() - kPathStep)}};
                     }),
           empty);
  OverBare(
      settings, report, "subtree_page",
      About<v1::ListOrganizationsRequest>(
          house, "ListOrganizations", counties,
          [](auto& request, const std::string& name) { request.set_subtree(name); }),
      BareAbout(
          house.database(), counties,
          {"SELECT path FROM organizations WHERE id = ?", select + "path >= ? AND path < ?" + page},
          [](const std::string& path) -> std::vector<std::vector<std::string>> {
            return {{path.substr(path.size() - kPathStep)}, {path, access::PathEnd(path)}};
          }),
      empty);
}

void RunAncestors(const Settings& settings, House& house, Report& report, Empty& empty,
                  const std::vector<std::string>& leaves) {
  const std::string select =
      absl::StrCat("SELECT ", Plan().select_list(), " FROM organizations WHERE ");
  OverBare(settings, report, "ancestors",
           About<v1::GetOrganizationAncestorsRequest>(
               house, "GetOrganizationAncestors", leaves,
               [](auto& request, const std::string& name) { request.set_name(name); }),
           BareAbout(house.database(), leaves,
                     {"SELECT path FROM organizations WHERE id = ?",
                      select + "id IN (?, ?, ?, ?, ?, ?, ?, ?)"},
                     [](const std::string& path) {
                       std::vector<std::string> above;
                       for (size_t i = 0; i < 8; ++i) {
                         above.push_back(path.substr(
                             std::min(i * kPathStep, path.size() - kPathStep), kPathStep));
                       }
                       return std::vector<std::vector<std::string>>{
                           {path.substr(path.size() - kPathStep)}, above};
                     }),
           empty);
}

void RunReads(const Settings& settings, House& house, Report& report) {
  Empty empty;
  RunPages(settings, house, report, empty);
  const std::vector<std::string> roots = AskPaths(house, "parent IS NULL");
  // Counties, which have townships and organs below them.
  const std::vector<std::string> counties =
      AskPaths(house, "kind = 'KIND_GOVERNMENT' AND level = 'LEVEL_COUNTY'");
  const std::vector<std::string> leaves = AskPaths(
      house, absl::StrCat("LENGTH(path) = (SELECT MAX(LENGTH(path)) FROM organizations) LIMIT ",
                          settings.smoke ? 100 : 20'000));
  RunAncestors(settings, house, report, empty, leaves);
  const auto named = [](v1::GetOrganizationStatisticsRequest& request, const std::string& name) {
    request.set_name(name);
  };
  OverOther(
      settings, report, "statistics_growth",
      About<v1::GetOrganizationStatisticsRequest>(house, "GetOrganizationStatistics", roots, named),
      About<v1::GetOrganizationStatisticsRequest>(house, "GetOrganizationStatistics", counties,
                                                  named));
  OverOther(settings, report, "as_of_cost",
            About<v1::GetOrganizationRequest>(house, "GetOrganization", leaves,
                                              [](auto& request, const std::string& name) {
                                                request.set_name(name);
                                                request.mutable_as_of_date()->set_year(2015);
                                                request.mutable_as_of_date()->set_month(1);
                                                request.mutable_as_of_date()->set_day(2);
                                              }),
            About<v1::GetOrganizationRequest>(
                house, "GetOrganization", leaves,
                [](auto& request, const std::string& name) { request.set_name(name); }));
}

void RunGrowth(const Settings& settings, House& house, Report& report) {
  if (!report.Wants("get_growth")) return;
  const House few(settings.smoke ? 100 : kFew);
  const std::vector<std::string> all_ids = Ids(house), few_ids = Ids(few);
  OverOther(settings, report, "get_growth", Gets(house, all_ids, 1), Gets(few, few_ids, 1));
}

void RunSearch(const Settings& settings, House& house, Report& report) {
  if (!report.Wants("search_p99") && !report.Wants("search_bare_p99")) return;
  const std::vector<Sampled> sample = SampleOf(house);
  Load load(Searches(house, sample));
  BareLoop bare(1, [&](int) { return BareSearch(house.database(), sample); });
  for (int i = 0; i < settings.rounds; ++i) {
    for (int turn = 0; turn < kTurns; ++turn) {
      Measure(load, settings.window / 2);
      Measure(bare, settings.window / 2);
    }
    const std::vector<double> served = load.TakeLatencies(), asked = bare.TakeLatencies();
    Note(absl::StrCat("search_p99: ", served.size(), " searches, median ",
                      Micros(Quantile(served, 0.5)), ", slowest ", Micros(Quantile(served, 1)),
                      "; bare ", asked.size(), ", median ", Micros(Quantile(asked, 0.5)),
                      ", slowest ", Micros(Quantile(asked, 1))));
    report.Add("search_p99", Quantile(served, 0.99) * 1000, "ms");
    report.Add("search_bare_p99", Quantile(asked, 0.99) * 1000, "ms");
  }
}

void Run(const Settings& settings, Report& report) {
  House house;
  LoadHouse(settings, house, report);
  for (const char* process : {"organization", "gateway"})
    report.Add(absl::StrCat("nation_load_rss_", process), PeakMebibytes(PidOf(process)), "MiB");
  report.Add("nation_load_rss_qlctl", PeakMebibytesOfChildren(), "MiB");
  report.Print();
  Age(house);
  RunReads(settings, house, report);
  RunSearch(settings, house, report);
  RunGrowth(settings, house, report);
  report.Print();
  if (report.Wants("move_subtree")) RunMoves(settings, house, report);
}

}  // namespace

Group NationFigures() {
  return {
      {"nation_import", "nation_load", "nation_load_rss_organization", "nation_load_rss_gateway",
       "nation_load_rss_qlctl", "get_growth", "children_page", "ancestors", "subtree_page",
       "statistics_growth", "as_of_cost", "move_subtree", "search_p99", "search_bare_p99"},
      [](const Settings& settings, Report& report) {
        try {
          Run(settings, report);
        } catch (const sql::SQLException& e) {
          Fail(absl::StrCat("a statement failed: ", e.what()));
        }
      }};
}

}  // namespace qinglian::bench
