#include "services/ctl/table_words.h"

#include <algorithm>

#include "absl/strings/match.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_replace.h"
#include "absl/time/civil_time.h"
#include "common/clock/date.h"
#include "qinglian/organization/v1/division.pb.h"
#include "qinglian/organization/v1/organization.pb.h"
#include "qinglian/organization/v1/person.pb.h"
#include "qinglian/organization/v1/post.pb.h"

namespace qinglian::ctl {
namespace {

using google::protobuf::EnumDescriptor;
using organization::v1::Division;
using organization::v1::Organization;
using organization::v1::Person;
using organization::v1::Post;

// The words of a value; the first is the one that is written.
using Words = std::map<int, std::vector<std::string>>;

// The words of the values of each enum, by its full name.
const std::map<std::string, Words>& AllWords() {
  static const auto& words = *new std::map<std::string, Words>{
      {Organization::Kind_descriptor()->full_name(),
       {{Organization::KIND_PARTY_COMMITTEE, {"地方党委", "党委"}},
        {Organization::KIND_PARTY_DEPARTMENT, {"党委部门"}},
        {Organization::KIND_PEOPLES_CONGRESS, {"人大常委会", "人大"}},
        {Organization::KIND_GOVERNMENT, {"人民政府", "政府"}},
        {Organization::KIND_GOVERNMENT_DEPARTMENT, {"政府部门"}},
        {Organization::KIND_CPPCC, {"政协"}},
        {Organization::KIND_COURT, {"法院"}},
        {Organization::KIND_PROCURATORATE, {"检察院"}},
        {Organization::KIND_MASS_ORGANIZATION, {"群团组织"}},
        {Organization::KIND_WORKING_COMMITTEE_OF_ORGANS, {"机关工委"}},
        {Organization::KIND_DISCIPLINE_INSPECTION_COMMISSION, {"纪委监委"}},
        {Organization::KIND_DISPATCHED_GROUP, {"派驻纪检监察组", "派驻纪检组"}},
        {Organization::KIND_INTERNAL_OFFICE, {"内设机构"}},
        {Organization::KIND_PARTY_BODY, {"机关党组织"}},
        {Organization::KIND_PUBLIC_INSTITUTION, {"事业单位"}},
        {Organization::KIND_GRASSROOTS_STATION, {"基层站所"}}}},
      {Organization::PartyBodyType_descriptor()->full_name(),
       {{Organization::PARTY_BODY_TYPE_COMMITTEE, {"机关党委"}},
        {Organization::PARTY_BODY_TYPE_GENERAL_BRANCH, {"党总支"}},
        {Organization::PARTY_BODY_TYPE_BRANCH, {"党支部"}}}},
      {Division::Level_descriptor()->full_name(),
       {{Division::LEVEL_PROVINCE, {"省级", "省"}},
        {Division::LEVEL_CITY, {"市级", "市", "地级市"}},
        {Division::LEVEL_COUNTY, {"县级", "县", "区", "县、区"}},
        {Division::LEVEL_TOWNSHIP, {"乡级", "乡镇", "街道", "乡镇、街道"}},
        {Division::LEVEL_VILLAGE, {"村级", "村", "社区", "村、社区"}}}},
      {Post::Rank_descriptor()->full_name(),
       {{Post::RANK_PRINCIPAL_LEADER, {"一把手"}},
        {Post::RANK_LEADER_IN_CHARGE, {"分管领导"}},
        {Post::RANK_OFFICE_HEAD, {"处室负责人"}},
        {Post::RANK_STAFF, {"工作人员", "其他"}}}},
      {Person::PartyMembership_descriptor()->full_name(),
       {{Person::PARTY_MEMBERSHIP_NONE, {"非党员", "群众"}},
        {Person::PARTY_MEMBERSHIP_PROBATIONARY, {"预备党员"}},
        {Person::PARTY_MEMBERSHIP_MEMBER, {"党员", "中共党员"}}}},
      {Person::EmploymentState_descriptor()->full_name(),
       {{Person::EMPLOYMENT_STATE_EMPLOYED, {"在职"}},
        {Person::EMPLOYMENT_STATE_RETIRED, {"退休"}},
        {Person::EMPLOYMENT_STATE_LEFT, {"离职"}}}}};
  return words;
}

const Words& WordsOf(const EnumDescriptor& type) {
  static const auto& none = *new Words;
  const auto words = AllWords().find(type.full_name());
  return words == AllWords().end() ? none : words->second;
}

// "KIND_" of KIND_UNSPECIFIED.
std::string PrefixOf(const EnumDescriptor& type) {
  const std::string& first = type.value(0)->name();
  return first.substr(0, first.rfind('_') + 1);
}

}  // namespace

std::vector<std::string> TableFormat::Required() const {
  std::vector<std::string> names;
  for (const Column& column : columns) {
    if (column.required) names.push_back(column.english);
  }
  return names;
}

std::map<std::string, std::string> TableFormat::Aliases() const {
  std::map<std::string, std::string> aliases = {{kLineColumnInChinese, kLineColumn},
                                                {kReasonColumnInChinese, kReasonColumn}};
  for (const Column& column : columns) aliases[column.chinese] = column.english;
  return aliases;
}

std::vector<std::string> TableFormat::Header(bool chinese) const {
  std::vector<std::string> names;
  for (const Column& column : columns) {
    if (!column.only_read) names.push_back(chinese ? column.chinese : column.english);
  }
  return names;
}

std::string TableFormat::ColumnOf(const std::string& field) const {
  // "posts[1].rank" is a column of the line of that post.
  const bool of_post = absl::StartsWith(field, "posts[") && absl::StrContains(field, "].");
  const std::string inner = of_post ? field.substr(field.find("].") + 2) : field;
  const std::string first = inner.substr(0, inner.find_first_of("[."));
  const auto found = fields.find(of_post ? "posts." + first : first);
  return found == fields.end() ? first : found->second;
}

bool IsChinese(const TableFormat& format, const std::vector<std::string>& header) {
  const std::map<std::string, std::string> aliases = format.Aliases();
  return std::any_of(header.begin(), header.end(),
                     [&](const std::string& name) { return aliases.count(name) > 0; });
}

int NumberOf(const EnumDescriptor& type, const std::string& word) {
  const auto* value = type.FindValueByName(PrefixOf(type) + word);
  if (value != nullptr) return value->number();
  for (const auto& [number, words] : WordsOf(type)) {
    if (std::find(words.begin(), words.end(), word) != words.end()) return number;
  }
  return 0;
}

std::string WordOf(const EnumDescriptor& type, int number, bool chinese) {
  const auto* value = type.FindValueByNumber(number);
  if (number == 0 || value == nullptr) return "";
  const auto words = WordsOf(type).find(number);
  if (chinese && words != WordsOf(type).end()) return words->second.front();
  return value->name().substr(PrefixOf(type).size());
}

bool ReadTruth(const std::string& word, bool* value) {
  for (const char* yes : {"yes", "true", "1", "是"}) {
    if (word == yes) return *value = true;
  }
  *value = false;
  for (const char* no : {"no", "false", "0", "否", ""}) {
    if (word == no) return true;
  }
  return false;
}

std::string WordOf(bool value, bool chinese) {
  if (chinese) return value ? "是" : "否";
  return value ? "yes" : "no";
}

bool ReadDay(const std::string& word, google::type::Date* day) {
  const std::string plain =
      absl::StrReplaceAll(word, {{"/", "-"}, {".", "-"}, {"年", "-"}, {"月", "-"}, {"日", ""}});
  absl::CivilDay read;
  // The library takes 1998-06 for the first of June; a day has three parts.
  if (std::count(plain.begin(), plain.end(), '-') != 2 || !absl::ParseCivilTime(plain, &read))
    return false;
  *day = clock::ToDate(read);
  return true;
}

std::string WordOf(const google::type::Date& day) {
  if (clock::IsUnset(day)) return "";
  return absl::StrFormat("%04d-%02d-%02d", day.year(), day.month(), day.day());
}

}  // namespace qinglian::ctl
