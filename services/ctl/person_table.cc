#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "services/ctl/import_tables.h"
#include "services/ctl/table_fields.h"

namespace qinglian::ctl {
namespace {

namespace v1 = qinglian::organization::v1;

constexpr char kOrganizations[] = "organizations/";

// An organization is given by its name here, or by source and id.
template <class Holder>
void SetOrganization(const CsvRow& line, const std::string& column, std::string* name,
                     Holder& holder) {
  const std::string given = FieldOf(line, column);
  if (absl::StartsWith(given, kOrganizations)) {
    *name = given;
  } else if (!given.empty()) {
    holder.mutable_organization_identifier()->set_source(FieldOf(line, column + "_source"));
    holder.mutable_organization_identifier()->set_id(given);
  }
}

std::optional<Fault> ReadPerson(const CsvRow& line, v1::ImportPersonRow& row) {
  LineReader reader(line);
  v1::Person& person = *row.mutable_person();
  auto membership = v1::Person::PARTY_MEMBERSHIP_UNSPECIFIED;
  auto employment = v1::Person::EMPLOYMENT_STATE_UNSPECIFIED;
  reader.Word("party_membership", false, "not a party membership", "不是政治面貌", &membership);
  reader.Word("employment", false, "not a state of employment", "不是在职状态", &employment);
  if (reader.fault().has_value()) return reader.fault();
  row.set_line(line.line);
  person.set_staff_number(FieldOf(line, "staff_number"));
  person.set_display_name(FieldOf(line, "name"));
  person.set_party_membership(membership);
  person.set_employment_state(employment);
  person.set_identity_number(FieldOf(line, "identity_number"));
  SetOrganization(line, "organization", person.mutable_organization(), row);
  return std::nullopt;
}

std::optional<Fault> ReadPost(const CsvRow& line, v1::ImportPersonRow& row) {
  LineReader reader(line);
  auto rank = v1::Post::RANK_UNSPECIFIED;
  reader.Word("rank", true, "not a rank of posts", "不是岗位层级", &rank);
  const bool key_post = reader.Truth("key_post");
  const bool acting = reader.Truth("acting");
  const int32_t heads = reader.Number("head_count", false, "not a number of persons", "不是人数");
  const std::optional<google::type::Date> start = reader.Day("start_date");
  if (reader.fault().has_value()) return reader.fault();
  v1::ImportPersonRow::HeldPost& held = *row.add_posts();
  held.mutable_post()->set_display_name(FieldOf(line, "post"));
  held.mutable_post()->set_rank(rank);
  held.mutable_post()->set_key_post(key_post);
  held.mutable_post()->set_head_count(heads);
  held.set_acting(acting);
  if (start.has_value()) *held.mutable_start_date() = *start;
  held.set_document_number(FieldOf(line, "document_number"));
  SetOrganization(line, "post_organization", held.mutable_post()->mutable_organization(), held);
  return std::nullopt;
}

Cells PersonCells(const v1::ImportPersonRow& row, bool chinese) {
  const v1::Person& person = row.person();
  const bool named = !person.organization().empty();
  return {person.staff_number(),
          person.display_name(),
          named ? "" : row.organization_identifier().source(),
          named ? person.organization() : row.organization_identifier().id(),
          WordOf(*v1::Person::PartyMembership_descriptor(), person.party_membership(), chinese),
          WordOf(*v1::Person::EmploymentState_descriptor(), person.employment_state(), chinese)};
}

Cells PostCells(const v1::ImportPersonRow::HeldPost& held, bool chinese) {
  const v1::Post& post = held.post();
  const bool named = !post.organization().empty();
  return {post.display_name(),
          WordOf(*v1::Post::Rank_descriptor(), post.rank(), chinese),
          WordOf(post.key_post(), chinese),
          post.head_count() == 0 ? "" : absl::StrCat(post.head_count()),
          WordOf(held.acting(), chinese),
          WordOf(held.start_date()),
          held.document_number(),
          named ? "" : held.organization_identifier().source(),
          named ? post.organization() : held.organization_identifier().id()};
}

}  // namespace

const TableFormat& PersonTable::Format() {
  static const auto& format =
      *new TableFormat{.columns = {{"staff_number", "工号", true},
                                   {"name", "姓名", true},
                                   {"organization_source", "单位来源"},
                                   {"organization", "单位标识", true},
                                   {"party_membership", "政治面貌"},
                                   {"employment", "在职状态"},
                                   {"post", "岗位"},
                                   {"rank", "岗位层级"},
                                   {"key_post", "重点岗位"},
                                   {"head_count", "职数"},
                                   {"acting", "主持工作"},
                                   {"start_date", "任职日期"},
                                   {"document_number", "任职文号"},
                                   {"post_organization_source", "岗位单位来源"},
                                   {"post_organization", "岗位单位标识"},
                                   {"identity_number", "身份证号", false, true, true}},
                       .fields = {{"display_name", "name"},
                                  {"employment_state", "employment"},
                                  {"posts", "post"},
                                  {"posts.display_name", "post"},
                                  {"posts.organization", "post_organization"}}};
  return format;
}

bool PersonTable::Continues(const CsvRow& before, const CsvRow& line) {
  const std::string staff_number = FieldOf(line, "staff_number");
  return !staff_number.empty() && !FieldOf(before, "post").empty() &&
         !FieldOf(line, "post").empty() && staff_number == FieldOf(before, "staff_number");
}

std::optional<Fault> PersonTable::Read(const std::vector<CsvRow>& lines, Row& row) {
  if (auto fault = ReadPerson(lines.front(), row); fault.has_value()) return fault;
  for (const CsvRow& line : lines) {
    // The other lines of a person are his only by what they say of the post.
    if (!line.wrong.empty()) return Fault{line.wrong_column, line.wrong, line.wrong};
    if (FieldOf(line, "post").empty()) continue;
    if (auto fault = ReadPost(line, row); fault.has_value()) return fault;
  }
  return std::nullopt;
}

std::vector<Cells> PersonTable::Write(const Row& row, bool chinese) {
  std::vector<Cells> lines;
  const Cells person = PersonCells(row, chinese);
  for (const v1::ImportPersonRow::HeldPost& held : row.posts()) {
    Cells& line = lines.emplace_back(person);
    const Cells post = PostCells(held, chinese);
    line.insert(line.end(), post.begin(), post.end());
  }
  if (lines.empty()) lines.push_back(person);
  lines.front().resize(Format().Header(chinese).size());
  return lines;
}

std::string PersonTable::KeyOf(const Row& row) { return row.person().staff_number(); }

const char* PersonTable::SecondRow() { return "each person needs a staff number of his own"; }
const char* PersonTable::SecondRowInChinese() { return "每个人都必须有自己的工号"; }

void PersonTable::SetTerms(bool, Request&) {}

std::vector<int64_t> PersonTable::Deferred(const Response&) { return {}; }

std::string PersonTable::DepartmentOf(const Row&) { return ""; }

Fault PersonTable::NoDepartment() { return {}; }

}  // namespace qinglian::ctl
