#include "services/organization/organization_rules.h"

#include <utf8proc.h>

#include <cstdlib>
#include <set>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "common/clock/date.h"
#include "common/status/catalogue.h"
#include "common/status/macros.h"
#include "common/status/status.h"
#include "common/status/text.h"

namespace qinglian::organization {
namespace {

// The length of the UTF-8 character that begins with this byte.
size_t CharacterSize(unsigned char lead) {
  if (lead < 0x80) return 1;
  if (lead < 0xE0) return 2;
  return lead < 0xF0 ? 3 : 4;
}

std::vector<std::string> Characters(std::string_view text) {
  std::vector<std::string> characters;
  for (size_t i = 0; i < text.size();) {
    const size_t size = CharacterSize(static_cast<unsigned char>(text[i]));
    characters.emplace_back(text.substr(i, size));
    i += size;
  }
  return characters;
}

}  // namespace

absl::StatusOr<absl::CivilDay> DayUntil(const google::type::Date& date, absl::CivilDay today,
                                        const char* field) {
  if (clock::IsUnset(date)) return today;
  ASSIGN_OR_RETURN(const absl::CivilDay day, clock::ToDay(date));
  if (day > today) return status::Error(status::kTimeInFuture, {{"field", field}});
  return day;
}

absl::StatusOr<absl::CivilDay> EffectiveDay(const google::type::Date& date, absl::CivilDay today) {
  return DayUntil(date, today, "effective_date");
}

absl::StatusOr<absl::CivilDay> AsOfDay(const google::type::Date& date, absl::CivilDay today) {
  return DayUntil(date, today, "as_of_date");
}

absl::StatusOr<Span> CorrectedSpan(const google::type::Date& first, const google::type::Date& last,
                                   absl::CivilDay today) {
  ASSIGN_OR_RETURN(const absl::CivilDay from, clock::ToDay(first));
  if (from > today) return status::Error(status::kTimeInFuture, {{"field", "first_date"}});
  if (clock::IsUnset(last)) return Span{from};
  ASSIGN_OR_RETURN(const absl::CivilDay until, clock::ToDay(last));
  if (until >= today) return status::Error(status::kTimeInFuture, {{"field", "last_date"}});
  if (until >= from) return Span{from, until + 1};
  status::FieldViolations violations;
  violations.Add("last_date", "DATES_IN_ORDER", "the last day is not before the first",
                 "结束日期不得早于开始日期");
  return violations.ToStatus();
}

absl::Status Ended(const v1::Organization& organization) {
  return status::Error(status::kResourceEnded,
                       {{"resource", organization.name()},
                        {"state", v1::Organization::State_Name(organization.state())},
                        {"successors", absl::StrJoin(organization.successors(), ", ")}});
}

absl::Status CheckExists(const v1::Organization& organization,
                         const OrganizationTransition& transition) {
  return transition.Leaves(organization.state()) ? absl::OkStatus() : Ended(organization);
}

void End(v1::Organization& organization, const OrganizationTransition& transition,
         const std::vector<std::string>& heirs, absl::CivilDay day) {
  organization.set_state(transition.to);
  for (const std::string& heir : heirs) organization.add_successors(heir);
  *organization.mutable_end_date() = clock::ToDate(day);
  organization.clear_credit_code();
}

absl::Status CheckAbolish(const v1::Organization& organization, const AbolishFacts& facts) {
  using lifecycle::CheckGuard;
  RETURN_IF_ERROR(CheckGuard(organization, kAbolishOrganization, kNoParts, !facts.parts));
  RETURN_IF_ERROR(CheckGuard(organization, kAbolishOrganization, kNoHolders, !facts.holders));
  return CheckGuard(organization, kAbolishOrganization, kNoPersons, !facts.persons);
}

absl::Status CheckConsistency(const v1::Organization& organization) {
  status::FieldViolations violations;
  const bool party_body = organization.kind() == v1::Organization::KIND_PARTY_BODY;
  const bool typed =
      organization.party_body_type() != v1::Organization::PARTY_BODY_TYPE_UNSPECIFIED;
  if (party_body && !typed) {
    violations.Add("organization.party_body_type", "REQUIRED", "a party body needs its type",
                   "党组织必须注明组织形式");
  }
  if (!party_body && typed) {
    violations.Add("organization.party_body_type", "NOT_ALLOWED", "only a party body has a type",
                   "只有党组织才有组织形式");
  }
  std::set<std::string> sources;
  for (int i = 0; i < organization.external_identifiers_size(); ++i) {
    if (sources.insert(organization.external_identifiers(i).source()).second) continue;
    violations.Add(absl::StrCat("organization.external_identifiers[", i, "].source"), "DUPLICATE",
                   "each source may give one identifier", "每个来源只能有一个标识");
  }
  return violations.ToStatus();
}

absl::Status CheckPlace(const v1::Organization& organization, std::string_view own_path,
                        std::string_view parent_path, size_t height) {
  const std::string state = v1::Organization::State_Name(organization.state());
  if (!own_path.empty() && parent_path.starts_with(own_path)) {
    return status::TransitionRefused(organization.name(), "move", state, state, &kNoCycle);
  }
  if (parent_path.size() / kPathStep + height > kMaxDepth) {
    return status::TransitionRefused(organization.name(), "move", state, state, &kDepth);
  }
  return absl::OkStatus();
}

std::string Normalize(std::string_view text) {
  const std::string input(text);
  utf8proc_uint8_t* folded =
      utf8proc_NFKC_Casefold(reinterpret_cast<const utf8proc_uint8_t*>(input.c_str()));
  if (folded == nullptr) return input;
  std::string result(reinterpret_cast<const char*>(folded));
  std::free(folded);
  return result;
}

std::string SearchText(const v1::Organization& organization) {
  std::string text = Normalize(organization.display_name());
  if (!organization.short_name().empty())
    absl::StrAppend(&text, "\n", Normalize(organization.short_name()));
  return text;
}

std::string FormerText(std::string_view today, const std::vector<std::string>& texts) {
  const std::set<std::string> known = absl::StrSplit(status::View(today), '\n');
  std::set<std::string> former;
  for (const std::string& text : texts) {
    for (const absl::string_view line : absl::StrSplit(text, '\n')) {
      if (known.count(std::string(line)) == 0) former.emplace(line);
    }
  }
  return absl::StrJoin(former, "\n");
}

std::string_view AreaOf(std::string_view path) {
  return path.substr(path.size() > kPathStep ? kPathStep : 0, kPathStep);
}

std::vector<std::string> Pieces(std::string_view search_text) {
  const std::vector<std::string> characters = Characters(search_text);
  std::set<std::string> pieces;
  for (size_t i = 0; i + 1 < characters.size(); ++i) {
    if (characters[i] == "\n" || characters[i + 1] == "\n") continue;
    pieces.insert(characters[i] + characters[i + 1]);
  }
  return {pieces.begin(), pieces.end()};
}

}  // namespace qinglian::organization
