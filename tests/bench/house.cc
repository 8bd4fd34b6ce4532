#include "tests/bench/house.h"

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string_view>

#include "absl/strings/str_cat.h"
#include "tests/bench/load.h"
#include "tests/bench/process.h"

namespace qinglian::bench {
namespace {

constexpr const char* kPlaces[] = {"西湖区", "余杭区", "拱墅区", "萧山区", "临平区",
                                   "滨江区", "富阳区", "桐庐县", "淳安县", "建德市"};
constexpr const char* kMatters[] = {"财政",     "教育",     "民政",     "水利", "交通运输",
                                    "农业农村", "卫生健康", "文化旅游", "审计", "统计"};
constexpr const char* kDigits[] = {"零", "一", "二", "三", "四", "五", "六", "七", "八", "九"};

// How many organizations lie directly below one.
constexpr int kBranches = 8;

std::string NameOf(int number) {
  return absl::StrCat(kPlaces[number % 10], kMatters[number / 10 % 10], "局第",
                      kDigits[number / 1000 % 10], kDigits[number / 100 % 10],
                      kDigits[number / 10 % 10], kDigits[number % 10], "办公室");
}

}  // namespace

House::House() : system_({"organization"}) {}

House::House(int organizations) : House() {
  const std::string divisions = folder_ / "divisions.csv";
  std::ofstream(divisions) << "code,name,level,parent,vintage\n33,浙江省,PROVINCE,,2023\n"
                           << "3301,杭州市,CITY,33,2023\n"
                           << kDivision << ",西湖区,COUNTY,3301,2023\n";
  ImportDivisions(divisions);
  Import(WriteCsv("bench", organizations));
}

std::vector<pid_t> House::workers() const {
  // As deploy/mysql/server leaves it beside the socket.
  const auto folder = std::filesystem::path(database().unix_socket).parent_path();
  pid_t server = 0;
  std::ifstream(folder / "mysql.pid") >> server;
  if (server == 0) Fail("the database server does not say its process");
  return {getpid(), server, PidOf("organization")};
}

std::string House::WriteCsv(const std::string& source, int count) const {
  const std::string path = folder_ / (source + ".csv");
  std::ofstream file(path);
  file << "source,external_id,name,kind,division,level,superior\n";
  for (int i = 0; i < count; ++i) {
    file << source << "," << i << "," << NameOf(i) << ",GOVERNMENT_DEPARTMENT," << kDivision
         << ",COUNTY,";
    if (i > 0) file << (i - 1) / kBranches;
    file << "\n";
  }
  if (!file.flush()) Fail("cannot write " + path);
  return path;
}

// Without the rehearsal of long files: rows are written once, and counted so.
void House::Import(const std::string& file) const {
  Ctl({"import", "organizations", file, "--keep_good"});
}

void House::ImportPersons(const std::string& file) const {
  Ctl({"import", "persons", file, "--keep_good"});
}

void House::ImportDivisions(const std::string& file) const { Ctl({"import", "divisions", file}); }

void House::Ctl(const std::vector<std::string>& arguments) const {
  std::vector<std::string> command = {Binary("qlctl")};
  for (std::string& flag : system_.CtlFlags()) command.push_back(std::move(flag));
  command.insert(command.end(), arguments.begin(), arguments.end());
  RunProgram(command, folder_ / "qlctl.log");
}

}  // namespace qinglian::bench
