#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "services/ctl/import_tables.h"
#include "services/ctl/table_fields.h"

namespace qinglian::ctl {
namespace {

namespace v1 = qinglian::organization::v1;

constexpr char kDivisions[] = "divisions/";

// Further identifiers stand in one cell, `source:id` in a line each: no source has a colon.
bool AddIdentifiers(const std::string& cell, v1::Organization& body) {
  for (const absl::string_view one : absl::StrSplit(cell, '\n', absl::SkipWhitespace())) {
    const std::pair<std::string, std::string> parts =
        absl::StrSplit(absl::StripAsciiWhitespace(one), absl::MaxSplits(':', 1));
    if (parts.second.empty()) return false;
    v1::ExternalIdentifier& identifier = *body.add_external_identifiers();
    identifier.set_source(parts.first);
    identifier.set_id(parts.second);
  }
  return true;
}

std::string OtherIdentifiers(const v1::Organization& body) {
  std::vector<std::string> others;
  for (int i = 1; i < body.external_identifiers_size(); ++i) {
    const v1::ExternalIdentifier& identifier = body.external_identifiers(i);
    others.push_back(absl::StrCat(identifier.source(), ":", identifier.id()));
  }
  return absl::StrJoin(others, "\n");
}

void FillTexts(const CsvRow& line, v1::ImportRow& row) {
  v1::Organization& body = *row.mutable_organization();
  row.set_line(line.line);
  body.set_display_name(FieldOf(line, "name"));
  body.set_short_name(FieldOf(line, "short_name"));
  body.set_division(kDivisions + FieldOf(line, "division"));
  body.set_contact(FieldOf(line, "contact"));
  if (!FieldOf(line, "credit_code").empty()) body.set_credit_code(FieldOf(line, "credit_code"));
  v1::ExternalIdentifier& identifier = *body.add_external_identifiers();
  identifier.set_source(FieldOf(line, "source"));
  identifier.set_id(FieldOf(line, "external_id"));
  row.set_parent_source(FieldOf(line, "superior_source"));
  row.set_parent_external_id(FieldOf(line, "superior"));
  row.set_competent_department_source(FieldOf(line, "competent_department_source"));
  row.set_competent_department_external_id(FieldOf(line, "competent_department"));
}

}  // namespace

const TableFormat& OrganizationTable::Format() {
  static const auto& format =
      *new TableFormat{.columns = {{"source", "来源", true},
                                   {"external_id", "外部标识", true},
                                   {"name", "名称", true},
                                   {"short_name", "简称"},
                                   {"kind", "类型", true},
                                   {"division", "行政区划", true},
                                   {"level", "级别", true},
                                   {"superior_source", "上级来源"},
                                   {"superior", "上级", true},
                                   {"competent_department_source", "主管部门来源"},
                                   {"competent_department", "主管部门"},
                                   {"party_body_type", "党组织形式"},
                                   {"credit_code", "统一社会信用代码"},
                                   {"founded", "成立日期"},
                                   {"contact", "联系方式"},
                                   {"other_identifiers", "其他标识"},
                                   {"status", "状态", false, true}},
                       .fields = {{"display_name", "name"},
                                  {"parent", "superior"},
                                  {"external_identifiers", "external_id"},
                                  {"founding_date", "founded"},
                                  {"state", "status"}}};
  return format;
}

bool OrganizationTable::Continues(const CsvRow&, const CsvRow&) { return false; }

std::optional<Fault> OrganizationTable::Read(const std::vector<CsvRow>& lines, Row& row) {
  const CsvRow& line = lines.front();
  LineReader reader(line);
  auto kind = v1::Organization::KIND_UNSPECIFIED;
  auto level = v1::Division::LEVEL_UNSPECIFIED;
  auto party = v1::Organization::PARTY_BODY_TYPE_UNSPECIFIED;
  reader.Word("kind", true, "not a kind of organization", "不是组织类型", &kind);
  reader.Word("level", true, "not a level of divisions", "不是行政级别", &level);
  reader.Word("party_body_type", false, "not a form of party body", "不是党组织形式", &party);
  const std::optional<google::type::Date> founded = reader.Day("founded");
  if (reader.fault().has_value()) return reader.fault();
  FillTexts(line, row);
  v1::Organization& body = *row.mutable_organization();
  body.set_kind(kind);
  body.set_level(level);
  body.set_party_body_type(party);
  if (founded.has_value()) *body.mutable_founding_date() = *founded;
  if (AddIdentifiers(FieldOf(line, "other_identifiers"), body)) return std::nullopt;
  return Fault{"other_identifiers", "not identifiers such as source:id, each in a line of its own",
               "其他标识应写作“来源:标识”，每行一个"};
}

std::vector<Cells> OrganizationTable::Write(const Row& row, bool chinese) {
  const v1::Organization& body = row.organization();
  const v1::ExternalIdentifier first =
      body.external_identifiers().empty() ? v1::ExternalIdentifier() : body.external_identifiers(0);
  return {{first.source(), first.id(), body.display_name(), body.short_name(),
           WordOf(*v1::Organization::Kind_descriptor(), body.kind(), chinese),
           body.division().substr(std::min(body.division().size(), sizeof(kDivisions) - 1)),
           WordOf(*v1::Division::Level_descriptor(), body.level(), chinese), row.parent_source(),
           row.parent_external_id(), row.competent_department_source(),
           row.competent_department_external_id(),
           WordOf(*v1::Organization::PartyBodyType_descriptor(), body.party_body_type(), chinese),
           body.credit_code(), WordOf(body.founding_date()), body.contact(),
           OtherIdentifiers(body)}};
}

std::string OrganizationTable::KeyOf(const Row& row) {
  const auto& identifiers = row.organization().external_identifiers();
  return identifiers.empty() ? "" : absl::StrCat(identifiers[0].source(), ":", identifiers[0].id());
}

const char* OrganizationTable::SecondRow() {
  return "each row needs an external identifier of its own";
}
const char* OrganizationTable::SecondRowInChinese() { return "每一行都必须有自己的外部标识"; }

void OrganizationTable::SetTerms(bool complete, Request& request) {
  request.set_departments_may_follow(!complete);
}

std::string OrganizationTable::DepartmentOf(const Row& row) {
  const auto& identifiers = row.organization().external_identifiers();
  const std::string own = identifiers.empty() ? "" : identifiers[0].source();
  const std::string& source = row.competent_department_source();
  return absl::StrCat(source.empty() ? own : source, ":", row.competent_department_external_id());
}

Fault OrganizationTable::NoDepartment() {
  return {"competent_department", "the competent department was not found, here or in the file",
          "系统和文件中都没有该主管部门"};
}

std::vector<int64_t> OrganizationTable::Deferred(const Response& response) {
  return {response.deferred_lines().begin(), response.deferred_lines().end()};
}

const TableFormat& DivisionFormat() {
  static const auto& format = *new TableFormat{.columns = {{"code", "代码", true},
                                                           {"name", "名称", true},
                                                           {"level", "级别", true},
                                                           {"parent", "上级", true},
                                                           {"vintage", "年份", true},
                                                           {"former_codes", "原代码"}},
                                               .fields = {}};
  return format;
}

std::optional<Fault> ReadDivision(const CsvRow& line, v1::Division& division) {
  LineReader reader(line);
  auto level = v1::Division::LEVEL_UNSPECIFIED;
  reader.Word("level", true, "not a level of divisions", "不是行政级别", &level);
  const int32_t vintage = reader.Number("vintage", true, "not a year", "不是年份");
  if (reader.fault().has_value()) return reader.fault();
  division.set_name(kDivisions + FieldOf(line, "code"));
  division.set_display_name(FieldOf(line, "name"));
  division.set_level(level);
  division.set_vintage(vintage);
  if (!FieldOf(line, "parent").empty()) division.set_parent(kDivisions + FieldOf(line, "parent"));
  return std::nullopt;
}

}  // namespace qinglian::ctl
