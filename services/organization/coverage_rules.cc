#include "services/organization/coverage_rules.h"

#include "common/status/status.h"

namespace qinglian::organization {
namespace {

constexpr int32_t kDefaultTermDays = 180;

}  // namespace

CoverageTerms TermsOf(int32_t year, int32_t term_days, absl::CivilDay today) {
  return {.today = today,
          .year = year == 0 ? static_cast<int32_t>(today.year()) : year,
          .term_days = term_days == 0 ? kDefaultTermDays : term_days};
}

const std::vector<v1::CoverageCheck>& AllCoverageChecks() {
  static const auto& checks = *[] {
    auto* all = new std::vector<v1::CoverageCheck>;
    for (int i = v1::CoverageCheck_MIN + 1; i <= v1::CoverageCheck_MAX; ++i) {
      if (v1::CoverageCheck_IsValid(i)) all->push_back(static_cast<v1::CoverageCheck>(i));
    }
    return all;
  }();
  return checks;
}

absl::StatusOr<CoverageQuestion> QuestionOf(v1::CoverageCheck check, const CoverageTerms& terms) {
  switch (check) {
    case v1::COVERAGE_CHECK_ORGAN_WITHOUT_PARTY_BODY:
      return CoverageQuestion{.kind = kOrganWithoutPartyBody};
    case v1::COVERAGE_CHECK_PARTY_BODY_WITHOUT_SECRETARY:
      return CoverageQuestion{.kind = kWithoutSecretary};
    case v1::COVERAGE_CHECK_PARTY_BODY_WITHOUT_DISCIPLINE_COMMISSIONER:
      return CoverageQuestion{.kind = kWithoutDisciplineCommissioner};
    case v1::COVERAGE_CHECK_TERM_OVERDUE:
      return CoverageQuestion{.kind = kTermEnds, .to = terms.today - 1};
    case v1::COVERAGE_CHECK_TERM_RUNNING_OUT:
      return CoverageQuestion{
          .kind = kTermEnds, .from = terms.today, .to = terms.today + terms.term_days};
    case v1::COVERAGE_CHECK_POST_VACANT:
      return CoverageQuestion{.kind = kPostVacant};
    case v1::COVERAGE_CHECK_LETTER_UNSIGNED:
      return CoverageQuestion{
          .kind = kLetterOwed, .unsigned_only = true, .year = absl::CivilDay(terms.year, 1, 1)};
    case v1::COVERAGE_CHECK_APPOINTMENT_TALK_MISSING:
      return CoverageQuestion{.kind = kTalkMissing};
    default:
      break;
  }
  status::FieldViolations violations;
  violations.Add("check", "REQUIRED", "the check must be one that there is", "必须指定检查项");
  return violations.ToStatus();
}

int64_t CountOf(const CoverageStore::Counts& counts, const CoverageQuestion& question) {
  int64_t found = 0;
  for (const auto& [key, facts] : counts) {
    const auto& [kind, day] = key;
    if (kind == question.kind && day >= question.from && day <= question.to) found += facts;
    // Whatever is in force is owed too.
    if (question.unsigned_only && kind == kLetterInForce && day == question.year) found -= facts;
  }
  return found;
}

}  // namespace qinglian::organization
